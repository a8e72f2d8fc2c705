package dev.penstock.jobs.pipeline;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks a component whose value cannot change what is computed: {@link ConfigHash} skips it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface NotHashed {
  /** Whether it still matters that the component has a value, as a path tells the format. */
  boolean butPresence() default false;
}
