package dev.penstock.features;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Elements that are due at a time each. Cheap where they come in the order of their times; those
 * that don't cost a heap operation.
 */
final class TimedQueue<E> {
  private record Timed<E>(long time, E element) {}

  private final ArrayDeque<Timed<E>> inOrder = new ArrayDeque<>();
  private final PriorityQueue<Timed<E>> others =
      new PriorityQueue<>(Comparator.comparingLong(Timed::time));

  void add(long time, E element) {
    Timed<E> timed = new Timed<>(time, element);
    if (inOrder.isEmpty() || inOrder.peekLast().time() <= time) {
      inOrder.addLast(timed);
    } else {
      others.add(timed);
    }
  }

  /** Takes out an element that is due at {@code now}, the earliest first; null if none is. */
  E pollDue(long now) {
    Timed<E> first = inOrder.peekFirst();
    Timed<E> other = others.peek();
    if (first != null && first.time() <= now && (other == null || first.time() <= other.time())) {
      return inOrder.pollFirst().element();
    }
    return other != null && other.time() <= now ? others.poll().element() : null;
  }
}
