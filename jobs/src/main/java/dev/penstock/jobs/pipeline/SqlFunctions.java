package dev.penstock.jobs.pipeline;

import java.util.Collections;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The SQL functions that expressions of a pipeline file may call. Each gives the same result for
 * the same row at any time and place; none reads a clock, a file, a random number or the
 * environment, or runs code. A new one is one word here.
 */
final class SqlFunctions {
  /** Functions of one row. */
  static final Set<String> OF_A_ROW =
      words(
          """
          abs acos acosh asin asinh atan atan2 atanh bround cbrt ceil ceiling cos cosh cot degrees
          div e exp expm1 factorial floor greatest hypot least ln log log10 log1p log2 mod negative
          pi pmod pow power radians rint round sign signum sin sinh sqrt tan tanh try_add try_divide
          try_multiply try_subtract width_bucket
          bigint boolean cast date decimal double float int smallint string timestamp tinyint
          coalesce if ifnull isnan isnotnull isnull nanvl nullif nvl nvl2
          and or not in between like ilike rlike regexp regexp_like case when equal_null
          ascii base64 bit_length btrim char char_length character_length chr concat concat_ws
          contains elt endswith find_in_set hash hex initcap instr lcase left length levenshtein
          locate lower lpad ltrim md5 overlay position regexp_count regexp_extract regexp_instr
          regexp_replace regexp_substr repeat replace reverse right rpad rtrim sha1 sha2 soundex
          split_part startswith substr substring substring_index to_char to_number translate trim
          try_to_number ucase unbase64 unhex upper xxhash64 crc32
          add_months date_add date_diff date_format date_from_unix_date date_part date_sub date_trunc
          datediff datepart day dayofmonth dayofweek dayofyear extract from_unixtime
          from_utc_timestamp hour last_day make_date make_timestamp minute month months_between
          next_day quarter second timestamp_micros timestamp_millis timestamp_seconds timestampadd
          timestampdiff to_date to_timestamp to_utc_timestamp trunc try_to_timestamp unix_date
          unix_micros unix_millis unix_seconds weekday weekofyear year
          """);

  /** Aggregates whose result does not depend on the order of rows. */
  static final Set<String> AGGREGATES =
      words(
          """
          approx_count_distinct avg bit_and bit_or bool_and bool_or corr count count_if covar_pop
          covar_samp every kurtosis max mean median min percentile skewness some std stddev
          stddev_pop stddev_samp sum var_pop var_samp variance
          """);

  /** Window functions, for derived tables; their ORDER BY must leave no ties. */
  static final Set<String> OF_A_WINDOW = words("row_number rank dense_rank lag lead ntile");

  private SqlFunctions() {}

  private static Set<String> words(String text) {
    return Collections.unmodifiableSet(
        new TreeSet<>(Set.of(text.strip().toLowerCase(Locale.ROOT).split("\\s+"))));
  }
}
