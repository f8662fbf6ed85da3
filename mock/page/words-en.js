// The page's words in English. Names of the API (serials, reasons, faults, articles) stand as they are.

export default {
  skip: 'Skip to the resident',
  world: 'seed {0} · {1}',
  warning: 'A mock for tests: its keys are published and its residents are invented. Never use it for anything real.',
  lost: 'The mock does not answer. It may have ended; this page looks again every second.',

  clock: 'Clock', following: 'follows the wall clock', running: 'runs', frozen: 'stands',
  advance: 'Move the clock on', PT1H: '+1 hour', P1D: '+1 day', P31D: '+31 days', P1Y: '+1 year',
  freeze: 'Freeze', go_on: 'Go on', rate: 'Rate', rate_1: '× 1', rate_60: '× 60', rate_3600: '× 3,600', rate_86400: '× 86,400',
  go_to: 'Go to', go_to_hint: 'Moment in Japan time', clock_is: 'The clock says {0}.',

  residents: 'Residents', add: 'Add', filter: 'Filter', filter_hint: 'Name, id, serial, state …',
  more: '{0} more: use the filter.', none_found: 'No resident matches.',
  add_resident: 'Add a resident with a card', cancel: 'Cancel', added: '{0} has been added, with both certificates.',
  name: 'Name', birth: 'Born', sex: 'Sex', municipality: 'Municipality', address: 'Address', female: 'female', male: 'male',

  scenario: 'Scenario', play: 'Play', played: 'Played: {0}', snapshot: 'Snapshot', keep: 'Keep', kept: 'Kept as “{0}”.',
  reset_to: 'Reset to', reset: 'Reset', start: 'the start', was_reset: 'Reset to “{0}”; all faults have ended.',

  sign: 'Signing', auth: 'Authentication', 'mobile-sign': 'Signing, phone', 'mobile-auth': 'Authentication, phone',
  short_sign: 'sign', short_auth: 'auth',
  good: 'good', held: 'held', revoked: 'revoked', superseded: 'superseded', expired: 'expired', unknown: 'unknown', refused: 'not accepted', unseen: 'not on record',
  certificates: 'Certificates', former: 'former', register: 'On record', until: 'until {0}', since: 'since {0}', produced: 'produced {0}',
  ask: 'Ask OCSP', not_asked: 'not asked yet', watch: 'Keep asking',

  record_event: 'Record an event', what_happened: 'What happened', kind: 'Certificates', every_kind: 'all', preview: 'Preview', record: 'Record',
  planned: 'Planned day', date: 'Day', cause: 'Cause (1–14)', former_name: 'Former name', alias: 'Alias',
  recorded: 'Recorded: {0}.', would_bring: '“{0}” would bring:', has_brought: '“{0}” has brought:', nothing_falls: 'No certificate changes.',
  outcome_revoke: 'revoked', outcome_hold: 'held', outcome_release: 'released', outcome_supersede: 'superseded',
  'event_address-change': 'moved house', 'event_name-change': 'name changed', 'event_birth-date-change': 'date of birth corrected',
  'event_sex-change': 'sex changed', 'event_former-name-change': 'former name changed', 'event_alias-change': 'alias changed',
  'event_move-out': 'gave notice of moving out', 'event_move-out-cancel': 'took the notice back', event_death: 'died',
  event_deletion: 'struck off the register', 'event_overseas-exit': 'gave notice of leaving Japan', event_hold: 'put on hold', event_release: 'released',
  'event_holder-application': 'holder asked for revocation', 'event_key-notice': 'holder reported the key', 'event_card-lapse': 'card lapsed',
  'event_card-return': 'card handed in', event_undelivered: 'not delivered', 'event_record-error': 'error in the record', event_renewal: 'renewed',
  'event_card-issue': 'card issued', 'event_card-present': 'card shown', 'event_minor-correction': 'minor correction',
  'event_furigana-entry': 'furigana entered', 'event_overseas-return': 'came back to Japan', event_correction: 'correction',
  'event_overseas-record-deletion': 'struck off the overseas register',

  timeline: 'Timeline', span: 'Span', span_all: 'All', span_year: 'Year', span_month: 'Month', span_day: 'Day',
  timeline_text: 'Now {0}.', nothing_happened: 'Nothing has been recorded.',

  answers: 'OCSP answers', no_answers: 'No verifier has asked yet. Ask above, or point a client at the mock.',
  answers_text: '{0} answers, the last at {1}',
  lists: 'CRL sizes', complete: 'Complete', delta: 'Delta', entries: '{0} entries', valid_until: 'next {0}', publish: 'Publish now', published: '{0} lists published.',
  faults: 'Faults', heal: 'End all', healed: 'All faults have ended.', fault_scope: 'Applies to', every_request: 'every request',
  fault_count: 'Answers', until_off: 'until off', fault_milliseconds: 'Milliseconds', its_own: 'default',
  fault_on: 'Fault on: {0}', fault_off: 'Fault off: {0}', fired: '{0} answers changed', on_count: '{0} on',
  family_http: 'HTTP', family_ocsp: 'OCSP answers', family_crl: 'CRLs', family_delta: 'Delta CRLs',
  requests: 'Requests', forget: 'Clear', forgotten: 'The record is empty.', no_requests: 'None so far. Verifiers ask {0}.',
  request_count: '{0} since the start or the last clearing', request_as_json: 'The request as JSON', unreadable: 'unreadable',

  state_good: 'good', state_held: 'held', state_released: 'released', state_expired: 'expired', 'state_about-to-expire': 'ends today',
  state_superseded: 'renewed', 'state_previous-generation': 'previous CA key', 'state_compromised-generation': 'compromised CA key',
  'state_unknown-to-ca': 'unknown to the CA', 'state_never-issued': 'never issued', state_mobile: 'with phone', 'state_auth-only': 'under 15',
  state_foreigner: 'foreigner', 'state_former-name': 'with former name', state_substitutes: 'substituted characters',
  'state_long-address': 'long address', state_abroad: 'abroad',
  'state_revoked-death': 'died', 'state_revoked-address-change': 'moved', 'state_revoked-name-change': 'name changed',
};
