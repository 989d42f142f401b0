/** Ranks: paper > owner > admin > the rest (C4, G4). */
import { type Role, ROLES } from '@leanvibe/protocol/link';

export const VIEWER = ROLES.indexOf('viewer');
export const EDITOR = ROLES.indexOf('editor');
export const ADMIN = ROLES.indexOf('admin');
export const OWNER = ROLES.indexOf('owner');

export const RANK_REST = 0;
export const RANK_ADMIN = 1;
export const RANK_OWNER = 2;
export const RANK_PAPER = 3;
/** A fork proof convicts by itself: nobody outranks it. */
export const RANK_PROOF = 4;

/** Paper counts for owners only: otherwise an editor's recovery words would outrank the owners of somebody else's space. */
export function rankOf(role: number, paper: boolean): number {
  if (role === OWNER) return paper ? RANK_PAPER : RANK_OWNER;
  return role === ADMIN ? RANK_ADMIN : RANK_REST;
}

export function roleName(role: number): Role {
  const name = ROLES[role];
  if (name === undefined) throw new Error(`no role has the number ${role}`);
  return name;
}
