package dev.penstock.jobs.pipeline;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a record that is written {@code first: second}, by its first two components, or just {@code
 * first} if the second has a default or is optional.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Named {
  /**
   * A record of more components can also be written {@code {key: first, third: ..., fourth: ...}},
   * with this key; empty: it can't.
   */
  String firstKey() default "";
}
