/** How fast a run goes: told of each step's rows when it is done, it gives examples a second and the seconds that the steps `left` will take. */
export function stopwatch() {
  const start = performance.now()
  let [steps, examples] = [0, 0]
  return (rows: number, left: number) => {
    steps++
    examples += rows
    const seconds = (performance.now() - start) / 1000
    return { examplesPerSecond: examples / seconds, secondsLeft: (left * seconds) / steps }
  }
}
