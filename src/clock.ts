/** The time, injected everywhere so that tests can move it. */
export type Clock = () => Date;

/** Later than `clock()` by so many seconds. */
export const secondsFrom = (clock: Clock, seconds: number): Date => new Date(clock().getTime() + seconds * 1000);
