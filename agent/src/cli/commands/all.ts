/** Every command there is, in the order help lists them. */
import type { CommandSpec } from '../base/spec.js';
import { id, paths, version } from './about.js';
import { audit } from './audit.js';
import { backup, exportAll } from './backup.js';
import { completionFor } from './completion.js';
import { configGet, configList, configSet } from './config.js';
import { deviceContinue, deviceRename, deviceRevoke, devices } from './devices.js';
import { doctor } from './doctor.js';
import { events } from './events.js';
import { invite, inviteApprove, inviteDeny, inviteList, inviteRequests, inviteRevoke, inviteWithdraw } from './invite.js';
import { join } from './join.js';
import { kick, leave, members, role } from './members.js';
import { logs } from './logs.js';
import { metricsOff, metricsOn, metricsPreview } from './metrics.js';
import { noteAppend, noteEdit, noteShow } from './note.js';
import { open } from './open.js';
import { pair, pairCancel, pairConfirm, pairStatus } from './pair.js';
import { add, projects, remove, show } from './project.js';
import { recoveryCreate, recoveryList, recoveryRevoke } from './recovery.js';
import { recoveryCheck, recoveryExtend, recoveryRestore } from './recovery-typed.js';
import { relayLogin, relayLogout, relayStatus } from './relay.js';
import { reset, uninstall } from './reset.js';
import { quarantine, quarantineAccept, quarantineDrop, quarantineList, quarantineSave, quarantineShow } from './quarantine.js';
import { restore } from './restore.js';
import { serviceInstall, serviceStatus, serviceUninstall } from './service.js';
import { share, spaceCreate, spaceList, spaceRename } from './space.js';
import { start } from './start.js';
import { status } from './status.js';
import { stop } from './stop.js';
import { accept, reject, suggest, suggestions } from './suggest.js';
import { sync } from './sync.js';
import { taskAdd, taskDone, taskEdit, taskList, taskRemove, taskUndone } from './task.js';
import { tokenCreate, tokenList, tokenLog, tokenRevoke } from './token.js';
import { trashList, trashRestore } from './trash.js';
import { unsent, unsentApply, unsentSave } from './unsent.js';
import { verify } from './verify.js';
import { why } from './why.js';

const most: readonly CommandSpec[] = [
  start,
  stop,
  status,
  open,
  add,
  projects,
  show,
  remove,
  taskAdd,
  taskList,
  taskDone,
  taskUndone,
  taskEdit,
  taskRemove,
  noteShow,
  noteAppend,
  noteEdit,
  suggest,
  suggestions,
  accept,
  reject,
  pair,
  pairConfirm,
  pairStatus,
  pairCancel,
  join,
  devices,
  deviceRename,
  deviceRevoke,
  deviceContinue,
  spaceCreate,
  spaceList,
  spaceRename,
  share,
  invite,
  inviteList,
  inviteRevoke,
  inviteRequests,
  inviteApprove,
  inviteDeny,
  inviteWithdraw,
  members,
  role,
  kick,
  leave,
  sync,
  why,
  unsent,
  unsentSave,
  unsentApply,
  quarantine,
  quarantineList,
  quarantineShow,
  quarantineAccept,
  quarantineDrop,
  quarantineSave,
  audit,
  verify,
  backup,
  restore,
  recoveryCreate,
  recoveryCheck,
  recoveryExtend,
  recoveryRestore,
  recoveryList,
  recoveryRevoke,
  exportAll,
  tokenCreate,
  tokenList,
  tokenRevoke,
  tokenLog,
  relayLogin,
  relayLogout,
  relayStatus,
  metricsPreview,
  metricsOn,
  metricsOff,
  trashList,
  trashRestore,
  configList,
  configGet,
  configSet,
  doctor,
  logs,
  events,
  paths,
  id,
  version,
  serviceInstall,
  serviceUninstall,
  serviceStatus,
  reset,
  uninstall,
];

export const COMMANDS: readonly CommandSpec[] = [...most, completionFor(most)];
