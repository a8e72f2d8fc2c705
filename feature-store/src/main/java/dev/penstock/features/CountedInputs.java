package dev.penstock.features;

/** What is computed of inputs and of how often each is there. */
interface CountedInputs {
  /**
   * @param input never null
   * @param times positive
   */
  void add(Object input, int times);

  /** Takes an input out that is there so many times or more. */
  void remove(Object input, int times);

  /** The aggregate, null if there is no input. */
  Object value();
}
