/** Places that a report is posted to. */
export const POST_PLACES = ['forum', 'bugzilla', 'github'] as const;
export type PostPlace = (typeof POST_PLACES)[number];

/** A limit below this many characters leaves no room for the verdict. */
export const SMALLEST_POST = 2000;
