/** `known`: read back by an id this device wrote down itself, when the signature had been checked. */
export type Signatures = 'checked' | 'known';
