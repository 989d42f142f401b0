/** The control API's methods about spaces and the people in them; part of METHODS. */
import { name, oneOf, optional, text } from './fields.js';
import { method } from './method.js';
import type { MemberRow, SpaceRow } from './team-views.js';
import type { ProjectView } from './views.js';

/** A space by its name, its id, or the start of its id. */
const spaceRef = text({ max: 200 });
/** A member by name, id, or the start of an id. */
const personRef = text({ max: 200 });
const spaceName = name({ max: 64 });
export const role = oneOf('owner', 'admin', 'editor', 'viewer');

/** Absent where there is one shared space only: then that one is meant. */
export const inSpace = { space: optional(spaceRef) } as const;

export const TEAM_METHODS = {
  'space.create': method<SpaceRow>()({ name: spaceName }),
  'space.list': method<readonly SpaceRow[]>()({}),
  'space.rename': method<SpaceRow>()({ space: spaceRef, name: spaceName }),
  /** This person, with all their devices. What is here stays readable. */
  'space.leave': method<SpaceRow>()(inSpace),

  /** A new project is made from the state of the old one, which keeps a pointer to it. Answers the new one. */
  'project.share': method<ProjectView>()({
    project: optional(text({ max: 4096 })),
    folder: optional(text({ max: 4096 })),
    space: spaceRef,
  }),

  'member.list': method<readonly MemberRow[]>()(inSpace),
  'member.role': method<MemberRow>()({ ...inSpace, person: personRef, role }),
  /** Answers the space as it is without them. */
  'member.kick': method<SpaceRow>()({ ...inSpace, person: personRef }),
} as const;
