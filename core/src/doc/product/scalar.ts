/** A scalar: what one field of a record may hold. */
export type Scalar = null | boolean | number | string;
