/**
 * Runs tasks side by side and gives their results in the order of the tasks, each as soon as it is its turn. No more than
 * `window` tasks are begun and not yet given away: that bounds the memory, and a slow reader slows the tasks.
 * @param run must not reject: what fails is a result too
 */
export async function* inOrder<Task, Result>(
  tasks: AsyncIterable<Task> | Iterable<Task>,
  run: (task: Task) => Promise<Result>,
  window: number,
): AsyncGenerator<Result, void, undefined> {
  const source = Symbol.asyncIterator in tasks ? tasks[Symbol.asyncIterator]() : tasks[Symbol.iterator]();
  const begun: Promise<Result>[] = [];
  let next: Promise<IteratorResult<Task>> | undefined = Promise.resolve(source.next());
  while (next !== undefined || begun.length > 0) {
    // A result must not wait for a task that may come much later.
    const events: Promise<{ task: IteratorResult<Task> } | { result: Result }>[] = [];
    if (next !== undefined && begun.length < window) events.push(next.then((task) => ({ task })));
    if (begun[0] !== undefined) events.push(begun[0].then((result) => ({ result })));
    const event = await Promise.race(events);
    if ('result' in event) {
      void begun.shift();
      yield event.result;
    } else if (event.task.done === true) next = undefined;
    else {
      begun.push(run(event.task.value));
      next = Promise.resolve(source.next());
    }
  }
}
