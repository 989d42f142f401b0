/** Records of this table say which life of the store this is (C44). A salvaged or renewed store has none. */
export const GENERATION_TABLE = 'generation';
