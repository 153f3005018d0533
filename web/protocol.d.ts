// style: table
// Made of protocol/schemas by `tests/contract/run.sh types --write`; a test checks it.
// A later version of a cabinet may send fields and codes that are not here.

/**
 * The signed envelope, as published to {root}/{cabinet}/command.
 */
export interface Command {
  /**
   * Who signed: the id of a key that the cabinet knows.
   */
  key: Id;
  /**
   * Base64 of Ed25519 over `lucheng/v1/command`, a newline, and the bytes of `body`.
   */
  signature: string;
  /**
   * A string, so that the signature covers its exact bytes.
   */
  body: string;
}

/**
 * Dispatch: reserve a compartment. A code or a card is needed.
 */
export interface CommandBodyAssign {
  command: 'assign';
  delivery: Id;
  revision: Revision;
  /**
   * An opaque reference, never a name.
   */
  patron: Id;
  /**
   * Deliveries that share one code.
   */
  group?: Id;
  size: Size;
  /**
   * Absent: 1.
   */
  books?: number;
  /**
   * A compartment from 400 to 1,100 mm, if one is free.
   */
  easy_access?: boolean;
  /**
   * Absent: the configured time after the deposit.
   */
  pickup_by?: Time;
  sealed: Sealed;
}

/**
 * Dispatch: before the deposit. Of an unknown delivery it leaves a mark.
 */
export interface CommandBodyCancel {
  command: 'cancel';
  delivery: Id;
  revision: Revision;
}

/**
 * Dispatch: another pickup deadline.
 */
export interface CommandBodyExtend {
  command: 'extend';
  delivery: Id;
  revision: Revision;
  pickup_by: Time;
}

/**
 * Dispatch: another code, other cards, another QR token.
 */
export interface CommandBodyRekey {
  command: 'rekey';
  delivery: Id;
  revision: Revision;
  sealed: Sealed;
}

/**
 * Dispatch: to be taken out by a courier or staff.
 */
export interface CommandBodyRecall {
  command: 'recall';
  delivery: Id;
  revision: Revision;
}

/**
 * Dispatch: a courier's or staff's credential.
 */
export interface CommandBodyGrant {
  command: 'grant';
  person: Id;
  role: PersonRole;
  valid_until?: Time;
  sealed: Sealed;
}

/**
 * Dispatch: ends a credential.
 */
export interface CommandBodyRevoke {
  command: 'revoke';
  person: Id;
}

/**
 * Operations: opens a compartment, within a cap an hour.
 */
export interface CommandBodyOpen {
  command: 'open';
  compartment: Compartment;
}

/**
 * Operations: in or out of service.
 */
export interface CommandBodyService {
  command: 'service';
  /**
   * Absent: the whole cabinet.
   */
  compartment?: Compartment;
  in_service: boolean;
}

/**
 * Dispatch and operations: publish the state now.
 */
export interface CommandBodySnapshot {
  command: 'snapshot';
}

/**
 * Dispatch: publish the journal again, from that number.
 */
export interface CommandBodyReplay {
  command: 'replay';
  epoch: Id;
  from: JournalNumber;
}

/**
 * Dispatch: the journal is safe up to there.
 */
export interface CommandBodyAcknowledge {
  command: 'acknowledge';
  epoch: Id;
  number: JournalNumber;
  /**
   * Of the entry of that number.
   */
  hash: Hash;
}

/**
 * Dispatch: this delivery already lies in that compartment.
 */
export interface CommandBodyAdopt {
  command: 'adopt';
  delivery: Id;
  revision: Revision;
  /**
   * An opaque reference, never a name.
   */
  patron: Id;
  /**
   * Deliveries that share one code.
   */
  group?: Id;
  size: Size;
  /**
   * Absent: 1.
   */
  books?: number;
  /**
   * A compartment from 400 to 1,100 mm, if one is free.
   */
  easy_access?: boolean;
  /**
   * Absent: the configured time after the deposit.
   */
  pickup_by?: Time;
  sealed: Sealed;
  compartment: Compartment;
}

/**
 * Operations: clicks lock after lock; somebody at the cabinet shuts the doors.
 */
export interface CommandBodySelfTest {
  command: 'self_test';
  /**
   * Absent or empty: all.
   *
   * @maxItems 96
   */
  compartments?: Compartment[];
  /**
   * Also those that hold something. Absent: false.
   */
  occupied_too?: boolean;
  /**
   * Have something put in at each sensor and taken out again. Absent: false.
   */
  sensors?: boolean;
}

/**
 * Authority: from now on these keys sign and no other but the authority's own.
 */
export interface CommandBodyKeys {
  command: 'keys';
  /**
   * Higher than that of the list before.
   */
  serial: number;
  /**
   * No id and no key twice, and one of them of the role dispatch.
   *
   * @minItems 1
   * @maxItems 32
   */
  keys: CommandBodySigningKey[];
}

export interface CommandBodySigningKey {
  id: Id;
  role: SigningRole;
  /**
   * Ed25519: base64 of 32 bytes.
   */
  public_key: string;
}

/**
 * Operations: what somebody found who looked behind a disputed delivery's door.
 */
export interface CommandBodyResolve {
  command: 'resolve';
  delivery: Id;
  found: Found;
}

/**
 * Dispatch: erases who that was from the record. What happened stays.
 */
export interface CommandBodyForget {
  command: 'forget';
  person: Id;
}

/**
 * Dispatch: what the idle screen says, in the place of the notice before. Without a text: nothing any more.
 */
export interface CommandBodyNotice {
  command: 'notice';
  chinese?: CommandBodyNoticeText;
  english?: CommandBodyNoticeText;
  until?: Time;
}

/**
 * One paragraph, at most 600 bytes of UTF-8.
 */
export type CommandBodyNoticeText = string;

/**
 * The body of a command. Unknown fields are ignored.
 */
export interface CommandBodyCommon {
  /**
   * The sender's own. A repeated one gets the first answer again, and moves nothing.
   */
  id: Id;
  /**
   * Must be this cabinet.
   */
  cabinet: Id;
  issued_at: Time;
  expires_at: Time;
  /**
   * Quoted from status; needed while the cabinet's time_trusted is false.
   */
  boot?: Id;
}

/**
 * The body of a command. Unknown fields are ignored.
 */
export type CommandBody = CommandBodyCommon &
  (
    | CommandBodyAssign
    | CommandBodyCancel
    | CommandBodyExtend
    | CommandBodyRekey
    | CommandBodyRecall
    | CommandBodyGrant
    | CommandBodyRevoke
    | CommandBodyOpen
    | CommandBodyService
    | CommandBodySnapshot
    | CommandBodyReplay
    | CommandBodyAcknowledge
    | CommandBodyAdopt
    | CommandBodySelfTest
    | CommandBodyKeys
    | CommandBodyResolve
    | CommandBodyForget
    | CommandBodyNotice
  );

/**
 * A compartment is reserved; count: books; the person: the patron.
 */
export interface EntryAssigned {
  kind: 'assigned' | 'adopted';
  delivery: Id;
  compartment: Compartment;
  command: Id;
  key: Id;
  count: Natural;
  person_commitment: Hash;
}

/**
 * Without command: the cabinet could not have opened in time, and moved the deadline.
 */
export interface EntryExtended {
  kind: 'extended';
  delivery: Id;
  compartment: Compartment;
  command?: Id;
  key?: Id;
}

/**
 * As dispatch asked.
 */
export interface EntryRekeyed {
  kind: 'rekeyed' | 'recalling' | 'cancelled';
  delivery: Id;
  compartment?: Compartment;
  command: Id;
  key: Id;
}

/**
 * Compartment: the new one.
 */
export interface EntryReassigned {
  kind: 'reassigned';
  delivery: Id;
  compartment: Compartment;
  reason: Reason;
}

/**
 * Count: books; the person: who brought it.
 */
export interface EntryDeposited {
  kind: 'deposited';
  delivery: Id;
  compartment: Compartment;
  authorisation: Natural;
  means: Means;
  count: Natural;
  person_commitment: Hash;
}

/**
 * The courier takes it back.
 */
export interface EntryNotDeposited {
  kind: 'not_deposited';
  delivery: Id;
  compartment: Compartment;
  reason: Reason;
}

/**
 * The pickup deadline passed.
 */
export interface EntryExpired {
  kind: 'expired';
  delivery: Id;
  compartment: Compartment;
}

/**
 * Count: books; the person: the patron.
 */
export interface EntryCollected {
  kind: 'collected' | 'collected_late';
  delivery: Id;
  compartment: Compartment;
  authorisation?: Natural;
  means?: Means;
  count: Natural;
  person_commitment: Hash;
}

/**
 * Count: books; the person: who took it.
 */
export interface EntryRecalled {
  kind: 'recalled';
  delivery: Id;
  compartment: Compartment;
  authorisation?: Natural;
  means?: Means;
  count: Natural;
  person_commitment: Hash;
}

/**
 * Shut, and something is still inside.
 */
export interface EntryLeftBehind {
  kind: 'left_behind';
  delivery?: Id;
  return?: ReturnId;
  compartment: Compartment;
}

/**
 * Ledger and senses disagree.
 */
export interface EntryDisputed {
  kind: 'disputed';
  delivery?: Id;
  return?: ReturnId;
  compartment: Compartment;
  reason: Reason;
}

/**
 * Always before the lock is pulsed.
 */
export interface EntryUnlockAuthorised {
  kind: 'unlock_authorised';
  delivery?: Id;
  return?: ReturnId;
  compartment: Compartment;
  authorisation: Natural;
  means: Means;
  purpose: Purpose;
  command?: Id;
  key?: Id;
  person_commitment?: Hash;
}

/**
 * The door opened.
 */
export interface EntryOpened {
  kind: 'opened';
  delivery?: Id;
  return?: ReturnId;
  compartment: Compartment;
  authorisation: Natural;
}

/**
 * The door was shut.
 */
export interface EntryClosed {
  kind: 'closed';
  compartment: Compartment;
  authorisation?: Natural;
}

/**
 * Not pulsed any more; or unknown whether it was.
 */
export interface EntryLapsed {
  kind: 'lapsed' | 'interrupted';
  delivery?: Id;
  return?: ReturnId;
  compartment: Compartment;
  authorisation: Natural;
  reason: Reason;
}

/**
 * Pulsed, and did not open; count: pulses.
 */
export interface EntryJammed {
  kind: 'jammed';
  delivery?: Id;
  return?: ReturnId;
  compartment: Compartment;
  authorisation: Natural;
  count: Natural;
}

/**
 * It opened again.
 */
export interface EntryUnjammed {
  kind: 'unjammed';
  compartment: Compartment;
  authorisation: Natural;
}

/**
 * Open for too long.
 */
export interface EntryAjar {
  kind: 'ajar';
  delivery?: Id;
  return?: ReturnId;
  compartment: Compartment;
}

/**
 * Opened without leave.
 */
export interface EntryForced {
  kind: 'forced';
  compartment: Compartment;
}

/**
 * The sensor says other than the ledger.
 */
export interface EntryOccupancyMismatch {
  kind: 'occupancy_mismatch';
  compartment: Compartment;
  reason: Reason;
}

/**
 * Something was put behind another open door.
 */
export interface EntryWrongCompartment {
  kind: 'wrong_compartment';
  delivery?: Id;
  compartment: Compartment;
}

/**
 * Seen empty by a person or a sensor.
 */
export interface EntryConfirmedEmpty {
  kind: 'confirmed_empty';
  compartment: Compartment;
}

/**
 * Detail: the role.
 */
export interface EntryGranted {
  kind: 'granted';
  command: Id;
  key: Id;
  detail: string;
  person_commitment: Hash;
}

/**
 * A credential ended.
 */
export interface EntryRevoked {
  kind: 'revoked';
  command: Id;
  key: Id;
  person_commitment: Hash;
}

/**
 * Somebody was not let in; count: wrong codes today.
 */
export interface EntryDenied {
  kind: 'denied';
  means?: Means;
  reason: Reason;
  count?: Natural;
}

/**
 * Codes are paused; count: seconds.
 */
export interface EntryLockedOut {
  kind: 'locked_out';
  count: Natural;
}

/**
 * Somebody asked for help.
 */
export interface EntryHelpRequested {
  kind: 'help_requested';
  delivery?: Id;
  compartment?: Compartment;
}

/**
 * Detail: the version. With power_cut: no clean end before.
 */
export interface EntryBooted {
  kind: 'booted';
  reason?: Reason;
  detail: string;
}

/**
 * Detail: in or out. Without compartment: the cabinet.
 */
export interface EntryServiceChanged {
  kind: 'service_changed';
  compartment?: Compartment;
  reason?: Reason;
  means?: Means;
  command?: Id;
  key?: Id;
  detail: 'in' | 'out';
  person_commitment?: Hash;
}

/**
 * Count: compartments, 0 of a reader; detail: the device.
 */
export interface EntryHardwareLost {
  kind: 'hardware_lost' | 'hardware_back';
  count: Natural;
  detail: string;
}

/**
 * Of the cabinet as a whole.
 */
export interface EntryMainsLost {
  kind: 'mains_lost' | 'mains_back' | 'tampered' | 'clock_changed' | 'store_low' | 'store_well';
}

/**
 * One finding; without reason: all is well. Detail: the other door's number.
 */
export interface EntrySelfTested {
  kind: 'self_tested' | 'commissioned';
  compartment: Compartment;
  means: Means;
  reason?: Reason;
  command?: Id;
  key?: Id;
  detail?: string;
  person_commitment?: Hash;
}

/**
 * The end; count: compartments with a fault; detail: tested/wanted.
 */
export interface EntrySelfTestedOver {
  kind: 'self_tested' | 'commissioned';
  means?: Means;
  reason?: Reason;
  command?: Id;
  key?: Id;
  count?: Natural;
  detail?: string;
  person_commitment?: Hash;
}

/**
 * A signed command.
 */
export interface EntryRefused {
  kind: 'refused';
  reason: Reason;
  command?: Id;
  key?: Id;
}

/**
 * A flood, as one entry.
 */
export interface EntryCounted {
  kind: 'counted';
  reason: Reason;
  count: Natural;
}

/**
 * A dispute is over: by a recall that found nothing, by a command, or in a walk; detail: what was found.
 */
export interface EntryResolved {
  kind: 'resolved';
  delivery?: Id;
  return?: ReturnId;
  compartment: Compartment;
  authorisation?: Natural;
  means?: Means;
  reason?: Reason;
  command?: Id;
  key?: Id;
  detail?: Found;
  person_commitment?: Hash;
}

/**
 * Other keys sign from now on. Count: how many; detail: the list's serial.
 */
export interface EntryKeysChanged {
  kind: 'keys_changed';
  command: Id;
  key: Id;
  count: Natural;
  detail: string;
}

/**
 * Somebody was erased from the record.
 */
export interface EntryForgotten {
  kind: 'forgotten';
  command: Id;
  key: Id;
}

/**
 * The idle screen says something else. Detail: shown, or removed.
 */
export interface EntryNoticeChanged {
  kind: 'notice_changed';
  command: Id;
  key: Id;
  detail: 'shown' | 'removed';
}

/**
 * Books that a patron brought back; they count as returned when staff have counted them. Reason: nobody has seen that they are inside; the person: a sealed card.
 */
export interface EntryReturnStored {
  kind: 'return_stored';
  return: ReturnId;
  compartment: Compartment;
  authorisation?: Natural;
  means: Means;
  reason?: Reason;
  person_commitment?: Hash;
}

/**
 * Detail: what was found; the person: who took it out.
 */
export interface EntryReturnCollected {
  kind: 'return_collected';
  return: ReturnId;
  compartment: Compartment;
  authorisation: Natural;
  means: Means;
  detail: Found;
  person_commitment: Hash;
}

/**
 * A compartment that is not as the ledger has it, or that nobody has seen; reason: why it was skipped.
 */
export interface EntryWalkFound {
  kind: 'walk_found';
  delivery?: Id;
  return?: ReturnId;
  compartment: Compartment;
  authorisation?: Natural;
  means: Means;
  reason?: Reason;
  detail: 'missing' | 'extra' | 'skipped';
  person_commitment: Hash;
}

/**
 * A walk is over. Count: compartments in which it was missing or extra; detail: whole or part, then as told/missing/extra/skipped; reason: why it ended early.
 */
export interface EntryWalked {
  kind: 'walked';
  means: Means;
  reason?: Reason;
  count: Natural;
  detail: string;
  person_commitment: Hash;
}

/**
 * Staff open doors with the mechanical key from now on, or no longer; over: by itself. The person: who declared or ended it.
 */
export interface EntryMaintenanceChanged {
  kind: 'maintenance_changed';
  means: Means;
  detail: 'begun' | 'ended' | 'over';
  person_commitment: Hash;
}

/**
 * Opened without leave during a declared maintenance; the person: who declared it.
 */
export interface EntryOpenedByKey {
  kind: 'opened_by_key';
  compartment: Compartment;
  person_commitment: Hash;
}

/**
 * A fact in its place in the journal's chain. Which fields come with it depends on its kind.
 */
export interface EntryCommon {
  cabinet: Id;
  /**
   * One life of the database.
   */
  epoch: Id;
  number: JournalNumber;
  at: Time;
  time_trusted: boolean;
  /**
   * Of the entry before; all zero for the first.
   */
  previous: Hash;
}

/**
 * A fact in its place in the journal's chain. Which fields come with it depends on its kind.
 */
export type Entry = EntryCommon &
  (
    | EntryAssigned
    | EntryExtended
    | EntryRekeyed
    | EntryReassigned
    | EntryDeposited
    | EntryNotDeposited
    | EntryExpired
    | EntryCollected
    | EntryRecalled
    | EntryLeftBehind
    | EntryDisputed
    | EntryUnlockAuthorised
    | EntryOpened
    | EntryClosed
    | EntryLapsed
    | EntryJammed
    | EntryUnjammed
    | EntryAjar
    | EntryForced
    | EntryOccupancyMismatch
    | EntryWrongCompartment
    | EntryConfirmedEmpty
    | EntryGranted
    | EntryRevoked
    | EntryDenied
    | EntryLockedOut
    | EntryHelpRequested
    | EntryBooted
    | EntryServiceChanged
    | EntryHardwareLost
    | EntryMainsLost
    | EntrySelfTested
    | EntrySelfTestedOver
    | EntryRefused
    | EntryCounted
    | EntryResolved
    | EntryKeysChanged
    | EntryForgotten
    | EntryNoticeChanged
    | EntryReturnStored
    | EntryReturnCollected
    | EntryWalkFound
    | EntryWalked
    | EntryMaintenanceChanged
    | EntryOpenedByKey
  );

/**
 * One entry of the journal, in order; it may come again.
 */
export interface Event {
  /**
   * The exact bytes whose BLAKE2b-256 is `hash`.
   */
  entry: string;
  hash: Hash;
  personal?: Personal;
}
/**
 * Who the entry is about, or of a return a card that dispatch alone can read; absent once it was erased.
 */
export interface Personal {
  person?: Id;
  sealed?: SealedCard;
  /**
   * BLAKE2b-256 over these 32 bytes and the person, or the text of sealed, is the entry's person_commitment.
   */
  salt: Hash;
}

/**
 * Flat numbers once a minute, for exporters.
 */
export interface Health {
  cabinet: Id;
  at: Time;
  uptime_s: Natural;
  memory_bytes: Natural;
  disk_free_bytes: Natural;
  /**
   * The slowest commit of the last minute.
   */
  commit_latency_us: Natural;
  /**
   * Entries that no broker has accepted yet.
   */
  outbox_depth: Natural;
  /**
   * Since the start: malformed, unsigned, misaddressed.
   */
  refused_messages: Natural;
  /**
   * Until the first certificate expires that the connection needs: the cabinet's own, its authority's, the broker's. 0: today, or it has. Absent without TLS, and while the time is not trusted.
   */
  certificate_days_left?: Natural;
  temperature_c?: number;
  /**
   * Scanners and card readers that are configured and not plugged in. Absent where none is configured.
   */
  readers_missing?: Natural;
  /**
   * Since the start: half lines, garbage, more at once than anybody shows. Absent where no reader is configured.
   */
  dropped_scans?: Natural;
}

export interface ReplyDone {
  ok: true;
}

export interface ReplyRefused {
  ok: false;
  reason: Reason;
  /**
   * What it is about: a field, an id, a number. At most 128 bytes.
   */
  argument?: string;
  try_again: TryAgain;
}

/**
 * The answer to a command, when what it asked for is durable.
 */
export interface ReplyCommon {
  /**
   * The command's; absent when that could not be read.
   */
  id?: Id;
  cabinet: Id;
  /**
   * The run of the daemon that answers.
   */
  boot: Id;
  delivery?: Id;
  /**
   * Reserved, opened or changed.
   */
  compartment?: Compartment;
  /**
   * Of the opening.
   */
  authorisation?: Natural;
}

/**
 * The answer to a command, when what it asked for is durable.
 */
export type Reply = ReplyCommon & (ReplyDone | ReplyRefused);

/**
 * What a sealed box holds: a code, cards, a QR token, at least one of them.
 */
export interface Secrets {
  code?: Code;
  cards?: Cards;
  token?: Token;
}

export interface StateCompartment {
  number: Compartment;
  size: Size;
  door: Door;
  occupancy: Occupancy;
  /**
   * Only when true; so are the next two.
   */
  jammed?: boolean;
  /**
   * Open for too long.
   */
  ajar?: boolean;
  /**
   * Something is inside that the ledger does not know.
   */
  unexplained?: boolean;
  out_of_service?: Reason;
  delivery?: Id;
  delivery_state?: DeliveryState;
  return?: ReturnId;
  return_state?: ReturnState;
}

/**
 * Compartments that could take a drop-off now.
 */
export interface StateFree {
  small: Count16;
  medium: Count16;
  large: Count16;
}

/**
 * Dispatch keeps it as a witness.
 */
export interface StateJournal {
  epoch: Id;
  /**
   * Of the newest entry.
   */
  number: Natural;
  hash: Hash;
  /**
   * Up to which number dispatch has acknowledged; 0: none.
   */
  acknowledged: Natural;
  /**
   * So far nothing is kept any more. Absent: all is.
   */
  pruned?: JournalNumber;
}

/**
 * The whole picture, retained. Nobody's name, card or code is in it.
 */
export interface State {
  cabinet: Id;
  boot: Id;
  at: Time;
  time_trusted: boolean;
  /**
   * false: the whole cabinet is out of service.
   */
  in_service: boolean;
  /**
   * Every compartment must be compared with the ledger by a person first.
   */
  walk_needed: boolean;
  /**
   * The disk is nearly full: no new drop-offs.
   */
  store_low: boolean;
  compartments: StateCompartment[];
  free: StateFree;
  journal: StateJournal;
}

/**
 * Retained, and the will.
 */
export interface Status {
  cabinet: Id;
  /**
   * init: connected, not ready; disconnected: said goodbye; lost: the will.
   */
  link: Link;
  version: string;
  /**
   * This run of the daemon.
   */
  boot: Id;
  since: Time;
  /**
   * false: commands must quote boot.
   */
  time_trusted: boolean;
}

/**
 * 1 to 64 letters, digits and hyphens.
 */
export type Id = string;

/**
 * RFC 3339 in UTC with a capital Z, 1970 to 2099; kept to the millisecond.
 */
export type Time = string;

/**
 * BLAKE2b-256 as hexadecimal digits.
 */
export type Hash = string;

/**
 * What is printed on the door.
 */
export type Compartment = number;

/**
 * Of a delivery, given by dispatch; it only grows.
 */
export type Revision = number;

export type Natural = number;

/**
 * Of an entry: from 1 without a gap within an epoch.
 */
export type JournalNumber = number;

export type Count16 = number;

export type Size = 'small' | 'medium' | 'large';

export type PersonRole = 'courier' | 'staff';

/**
 * A pickup code or a PIN.
 */
export type Code = string;

/**
 * Numbers of reader cards.
 *
 * @maxItems 8
 */
export type Cards = string[];

/**
 * Of a QR code. It may be typed as well.
 */
export type Token = string;

/**
 * A libsodium sealed box to the cabinet's key, in base64, over the JSON of secrets.json.
 */
export type Sealed = string;

export type SigningRole = 'dispatch' | 'operations';

export type Found = 'inside' | 'gone';

export type Link = 'init' | 'ready' | 'disconnected' | 'lost';

export type Door = 'unknown' | 'shut' | 'open';

export type Occupancy = 'unknown' | 'empty' | 'occupied';

export type DeliveryState =
  | 'assigned'
  | 'depositing'
  | 'not_deposited'
  | 'cancelled'
  | 'stored'
  | 'collecting'
  | 'collected'
  | 'expired'
  | 'recalling'
  | 'recalled'
  | 'disputed';

/**
 * Of a return: the number of the first opening for it, so once in an epoch.
 */
export type ReturnId = number;

export type ReturnState = 'opening' | 'open' | 'stored' | 'disputed';

/**
 * A libsodium sealed box to dispatch's key, in base64, over the JSON of secrets.json with one card.
 */
export type SealedCard = string;

/**
 * By what somebody was let in.
 */
export type Means = 'code' | 'card' | 'qr' | 'remote' | 'local';

/**
 * What an opening is for.
 */
export type Purpose =
  'deposit' | 'pickup' | 'recall' | 'inspection' | 'return' | 'collection' | 'walk';

/**
 * later: the same, under a new id; after_change: once what it names was put right.
 */
export type TryAgain = 'never' | 'later' | 'after_change';

/**
 * Why not, or why. A later version may have more: then go by try_again.
 */
export type Reason =
  | 'malformed'
  | 'not_sealed'
  | 'sealed_elsewhere'
  | 'oversize'
  | 'unknown_verb'
  | 'bad_signature'
  | 'unknown_key'
  | 'not_permitted'
  | 'wrong_cabinet'
  | 'retained'
  | 'expired'
  | 'not_yet_valid'
  | 'validity_too_long'
  | 'too_old'
  | 'wrong_boot'
  | 'id_reused'
  | 'set_aside'
  | 'too_many_commands'
  | 'superseded'
  | 'unknown_delivery'
  | 'delivery_ended'
  | 'delivery_exists'
  | 'code_in_use'
  | 'no_compartment'
  | 'wrong_state'
  | 'already_deposited'
  | 'deadline_passed'
  | 'bad_deadline'
  | 'still_needed'
  | 'unknown_compartment'
  | 'compartment_busy'
  | 'out_of_service'
  | 'cabinet_out_of_service'
  | 'hardware_lost'
  | 'jammed'
  | 'store_full'
  | 'remote_cap'
  | 'unexplained_occupant'
  | 'wrong_epoch'
  | 'wrong_hash'
  | 'beyond_head'
  | 'not_in_journal'
  | 'code_unknown'
  | 'card_unknown'
  | 'token_unknown'
  | 'scan_unknown'
  | 'locked_out'
  | 'not_here'
  | 'no_session'
  | 'wrong_session'
  | 'busy'
  | 'lapsed'
  | 'returns_off'
  | 'returns_full'
  | 'returns_limit'
  | 'no_opening_seen'
  | 'switch_stuck'
  | 'switch_inverted'
  | 'switch_swapped'
  | 'lock_swapped'
  | 'pair_swapped'
  | 'two_opened'
  | 'not_shut'
  | 'no_sensor'
  | 'sensor_stuck'
  | 'nobody_there'
  | 'test_running'
  | 'too_large'
  | 'no_space'
  | 'damaged'
  | 'wrong_parcel'
  | 'wrong_compartment'
  | 'by_staff'
  | 'sensor_fault'
  | 'door_fault'
  | 'sensed_empty'
  | 'sensed_occupied'
  | 'power_cut'
  | 'courier_left'
  | 'walk_needed'
  | 'walk_cap'
  | 'found_missing';

/**
 * Of an entry. A later version may have more: keep the entry, and acknowledge it.
 */
export type Kind =
  | 'assigned'
  | 'deposited'
  | 'collected'
  | 'collected_late'
  | 'left_behind'
  | 'expired'
  | 'recalling'
  | 'recalled'
  | 'cancelled'
  | 'not_deposited'
  | 'reassigned'
  | 'extended'
  | 'rekeyed'
  | 'disputed'
  | 'resolved'
  | 'adopted'
  | 'unlock_authorised'
  | 'lapsed'
  | 'interrupted'
  | 'opened'
  | 'closed'
  | 'ajar'
  | 'forced'
  | 'jammed'
  | 'unjammed'
  | 'occupancy_mismatch'
  | 'wrong_compartment'
  | 'confirmed_empty'
  | 'granted'
  | 'revoked'
  | 'denied'
  | 'locked_out'
  | 'help_requested'
  | 'booted'
  | 'service_changed'
  | 'hardware_lost'
  | 'hardware_back'
  | 'mains_lost'
  | 'mains_back'
  | 'tampered'
  | 'clock_changed'
  | 'store_low'
  | 'store_well'
  | 'refused'
  | 'counted'
  | 'self_tested'
  | 'commissioned'
  | 'keys_changed'
  | 'forgotten'
  | 'notice_changed'
  | 'return_stored'
  | 'return_collected'
  | 'walk_found'
  | 'walked'
  | 'maintenance_changed'
  | 'opened_by_key';
