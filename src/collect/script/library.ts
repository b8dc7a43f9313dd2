export const LIBRARY = {};
