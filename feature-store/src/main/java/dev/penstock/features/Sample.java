package dev.penstock.features;

import java.util.Comparator;
import java.util.Iterator;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The members: of the elements that are there the so many with the smallest numbers. As numbers are
 * hashes, they are a fair sample, and they depend on which elements are there and on nothing else.
 *
 * <p>An element that is no member becomes one when smaller ones have left. So it is forgotten at
 * some time if more smaller ones than there can be members leave no earlier than it: until it
 * leaves there are always so many, as those that one of them is forgotten for leave no earlier
 * still; and the sample stays full. One that is added again after it was forgotten is no member
 * before the forgotten one has left. Of n elements some m (1 + ln(n / m)) are kept for m members,
 * in whatever order they come and leave, and up to one and a half times as many, or 2 m, before the
 * next are forgotten.
 */
final class Sample<E extends Sample.Element> {
  /** Something with a number; the same if number and input are. */
  abstract static class Element {
    private final long number;
    private final Object input;

    /**
     * @param number a hash, taken as unsigned
     */
    Element(long number, Object input) {
      this.number = number;
      this.input = input;
    }

    long number() {
      return number;
    }

    Object input() {
      return input;
    }

    /** The first as-of time at which it is not there, as far as is known. */
    abstract long leaves();
  }

  private final int most;
  private final Consumer<E> joins;
  private final Consumer<E> parts;
  private final TreeMap<E, E> elements;

  /** The member with the greatest number; null if all elements are members. */
  private E last;

  private long sweptAbove;

  /**
   * @param most members that there can be, positive
   * @param inputs orders them
   * @param joins gets each that becomes a member
   * @param parts gets each that is one no more
   */
  Sample(int most, Comparator<Object> inputs, Consumer<E> joins, Consumer<E> parts) {
    this.most = most;
    this.joins = joins;
    this.parts = parts;
    this.sweptAbove = 2L * most;
    this.elements =
        new TreeMap<>(
            (a, b) -> {
              int order = Long.compareUnsigned(a.number(), b.number());
              return order != 0 ? order : inputs.compare(a.input(), b.input());
            });
  }

  /** The element that is the same as this; null if it is not kept. */
  E find(E same) {
    return elements.get(same);
  }

  /** The element that is kept already and the same; null if this one is added. */
  E addIfNew(E element) {
    E known = elements.putIfAbsent(element, element);
    if (known != null) {
      return known;
    }
    if (elements.size() <= most) {
      joins.accept(element);
      return null;
    }
    E beyond = last == null ? elements.lastKey() : last;
    if (last == null || isMember(element)) {
      last = elements.lowerKey(beyond);
      if (element != beyond) {
        parts.accept(beyond);
        joins.accept(element);
      }
    }
    if (elements.size() > sweptAbove) {
      sweep();
    }
    return null;
  }

  /** Takes an element out that {@link #find} has found. */
  void remove(E element) {
    if (isMember(element)) {
      parts.accept(element);
      if (last != null) {
        last = elements.higherKey(last);
        joins.accept(last);
      }
    }
    elements.remove(element);
    if (elements.size() <= most) {
      last = null;
    }
  }

  boolean isMember(E element) {
    return last == null || elements.comparator().compare(element, last) <= 0;
  }

  /** Whether there are elements that are no members. */
  boolean isFull() {
    return last != null;
  }

  /** How many elements are kept; all that there are if it is not full. */
  int size() {
    return elements.size();
  }

  /** The greatest number of a member of a full sample, as a part of all numbers: from 0 to 1. */
  double share() {
    return (last.number() >>> 11) * 0x1p-53;
  }

  /** Forgets all that can never become members. */
  private void sweep() {
    PriorityQueue<Long> latest = new PriorityQueue<>();
    for (Iterator<E> each = elements.keySet().iterator(); each.hasNext(); ) {
      long leaves = each.next().leaves();
      if (latest.size() > most && latest.peek() >= leaves) {
        each.remove();
      } else {
        latest.add(leaves);
        if (latest.size() > most + 1) {
          latest.poll();
        }
      }
    }
    sweptAbove = Math.max(2L * most, elements.size() * 3L / 2);
  }
}
