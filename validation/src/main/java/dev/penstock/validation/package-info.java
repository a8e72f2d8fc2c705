/**
 * Rules, gates, verdicts, profiles and drift. Knows Spark and Deequ, no storage and no file format.
 */
package dev.penstock.validation;
