/** Every shape that reads bytes from outside, by name. */
import { announcementBody, changeBody, frontier, part, signedAnnouncement, signedChange } from '@leanvibe/protocol/change';
import { attestationBody, checkpointBody, signedAttestation, signedCheckpoint } from '@leanvibe/protocol/checkpoint';
import { linkBody, signedLink } from '@leanvibe/protocol/link';
import { pairingMessage } from '@leanvibe/protocol/pairing';
import { logMessage, sessionMessage } from '@leanvibe/protocol/peer';
import type { Shape } from '@leanvibe/protocol/shape';

const shapes = {
  announcementBody,
  attestationBody,
  changeBody,
  checkpointBody,
  frontier,
  linkBody,
  logMessage,
  pairingMessage,
  part,
  sessionMessage,
  signedAnnouncement,
  signedAttestation,
  signedChange,
  signedCheckpoint,
  signedLink,
};

export const DOORWAYS: readonly (readonly [string, Shape<unknown>])[] = Object.entries(shapes).map(([name, shape]) => [
  name,
  shape as Shape<unknown>,
]);
