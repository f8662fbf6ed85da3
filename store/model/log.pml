/* The log and its machines: append, epoch, lease, acknowledge, takeover, join.
 *
 * The protocol of docs/cluster.md in Promela, checked by spin (store/model/check.sh; ./dev soak --cluster-model). Two
 * authorities and two views share one engine. The certificate in question is good until a row of the log
 * revokes it; what must hold is
 *   - no question that arrives after a revocation was acknowledged is answered `good`, on any machine;
 *   - no number of the log has two rows: not on two machines, not beside an acknowledged one;
 *   - what was reported as not stored is not stored;
 *   - nobody waits for ever: when no step is left, every statement has ended, the leader has acknowledged all
 *     rows and every machine has applied them.
 *
 * What is not one step in reality is not one here. A statement of the engine has two: it is carried out (with
 * its locks, under READ COMMITTED) and it is committed; between them anything may happen. A question has two:
 * the lease is checked, then the snapshot is opened. Whatever can be late is late in some execution, so a
 * slow, stopped or disconnected machine needs no step of its own.
 *
 * Time: a lease is a window that the holder opens when it asks and that closes at a moment of its own choice.
 * The leader's count of a window lasts longer than the window, since it begins later and is a quarter longer;
 * so the model ends both at once, which is the earliest that may happen. A request changes nothing until it is
 * granted, and a window that opens later may close later, so `ask` and `grant` are one step.
 *
 * Authorities are alike, so it is authority 0 that leads first.
 *
 * Step                        Function                                      (where)
 *   append                    store::Log::append, LogWriter::commit         store/log.h, store/log_writer.cpp
 *   settle                    store::Log::settle, LogWriter::settle         store/log.h, store/log_writer.cpp
 *   commit_store              LogWriter::commit, LogView::apply             store/log_writer.cpp, store/log_view.cpp
 *   apply                     LogView::catch_up                             store/log_view.cpp
 *   raise_epoch               store::Log::raise_epoch                       store/log.h
 *   take_over                 store::take_over                              store/log_writer.cpp
 *   step_down                 LogWriter::step_down                          store/log_writer.cpp
 *   grant                     ReadLeases::grant; Leader::renew of the leader's own lease
 *                                                           store/read_leases.cpp, service/leader.cpp
 *   acknowledge               ReadLeases::acknowledge; Leader::take_over waits for the leases of before
 *   answer                    Standby::holds_lease, Leader::holds, asked by StandbyAnswers::fault and Guards
 *   lapse                     the same, and ReadLeases::Holder::counted_until
 *   ask                       Standby::keep_lease                           service/standby.cpp
 *   join                      a backup of another machine's store and LogView::catch_up
 *   give_back                 not built
 *
 * Planted faults are switched on with -DFAULT_…; check.sh demands that each is found.
 */

/* ---- size: what check.sh varies */

#ifndef ROWS
#define ROWS 2      /* of the log */
#endif
#ifndef RAISES
#define RAISES 2    /* epochs */
#endif
#ifndef VIEWS
#define VIEWS 2
#endif
#ifndef CRASHES
#define CRASHES 1   /* of any machine */
#endif
#ifndef CUTS
#define CUTS 1      /* connections of an authority that break in a statement */
#endif
#ifndef FAILOVERS
#define FAILOVERS 0 /* the engine is replaced by its standby */
#endif
#ifndef ASKS
#define ASKS 2      /* leases of the first view; every other machine has one */
#endif

#define AUTHORITIES 2
#define MACHINES (AUTHORITIES + VIEWS)   /* 0 and 1 are the authorities */
#define WINDOWS (MACHINES * 2)
#define MACHINE_OF(w) ((w) / 2)
#define BIT(w) (1 << (w))

/* ---- the engine */

byte row_of_log[ROWS];     /* row n is at n - 1; the row's hash: its writer, epoch and whether it revokes */
byte head;                 /* rows that are visible */
byte epoch, epoch_of;      /* the epoch row: number, and the authority as its random id */
byte standby_head;         /* what the engine's own standby has: a prefix */
byte standby_epoch, standby_epoch_of;

#define HASH(number, authority, revokes) (((number) << 2) | ((authority) << 1) | (revokes))
#define EPOCH_OF(hash) ((hash) >> 2)
#define REVOKES(hash) ((hash) & 1)

/* Statements that were carried out and are not committed. The connection of authority a is slot a; one that
 * broke is slot 2 + a, and the engine may yet commit it. */
#define SLOTS 4
#define NONE 0
#define APPEND 1
#define RAISE 2
#define GRANT 3
#define CONFIRM 4         /* the row's number as well, when it is not there */
byte statement[SLOTS];
byte subject[SLOTS];       /* the row's number, or the window granted */
byte hash[SLOTS];          /* of the row inserted */

/* The locks of the epoch row. */
#ifdef FAULT_NO_SHARE_LOCK
#define SHARES(s) (false)
#else
#define SHARES(s) (statement[s] == APPEND || statement[s] == GRANT)
#endif
#define OWNS(s) (statement[s] == RAISE || statement[s] == CONFIRM)
#define SHARED (SHARES(0) || SHARES(1) || SHARES(2) || SHARES(3))
#define OWNED (OWNS(0) || OWNS(1) || OWNS(2) || OWNS(3))
/* The primary key: an insert waits for another of the same number. */
#define INSERTS(s, n) (statement[s] == APPEND && subject[s] == (n))
#define INSERTED(n) (INSERTS(0, n) || INSERTS(1, n) || INSERTS(2, n) || INSERTS(3, n))

/* ---- the machines */

byte chain[MACHINES * ROWS];   /* the rows in each machine's store */
byte length[MACHINES];
bool stopped[MACHINES];        /* its chain differs from the log: an operator decides */
#define ROW(m, n) chain[(m) * ROWS + (n) - 1]
#if ROWS == 1
#define KNOWS_REVOCATION(m) (REVOKES(chain[m]))
#else
#define KNOWS_REVOCATION(m) (REVOKES(chain[(m) * ROWS]) || REVOKES(chain[(m) * ROWS + 1]))
#endif
/* Its first n rows are those of the other: the hash of row n says so. */
#define HAS_ROW_OF(m, other, n) (length[m] >= (n) && ((n) == 0 || ROW(m, n) == ROW(other, n)))
#define IS_PREFIX_OF_LOG(m) (length[m] <= head && (length[m] == 0 || ROW(m, length[m]) == row_of_log[length[m] - 1]))

/* ---- leadership */

#define STANDBY 0
#define RAISING 1    /* raise_epoch is not committed */
#define RAISED 2     /* rows before the epoch are not applied */
#define LEADING 3
#define APPENDING 4  /* row n is not committed */
#define UNKNOWN 5    /* whether row n is in the log */
#define ROW_IN 6     /* row n is in the log and not in the store */
#define GRANTING 7
#define CONFIRMING 8 /* row n is inserted again */
#define HEALING 9    /* a row that the engine lost is given back */
byte role[AUTHORITIES];
byte epoch_held[AUTHORITIES];
byte wanted[AUTHORITIES];      /* hash of the row being appended */
byte floor[AUTHORITIES];       /* the last row acknowledged, or the head at the takeover */
bool unsaid[AUTHORITIES];      /* nothing was acknowledged in this epoch */

#define LEADS(a) (epoch == epoch_held[a] && epoch_of == (a))
#ifdef FAULT_NO_EPOCH_CHECK
#define MAY_APPEND(a) (true)
#else
#define MAY_APPEND(a) LEADS(a)
#endif
#ifdef FAULT_HEAD_OF_A_LATER_EPOCH
#define MAY_TAKE_OVER(a) (true)
#else
#define MAY_TAKE_OVER(a) (head == 0 || EPOCH_OF(row_of_log[head - 1]) <= epoch_held[a])
#endif
#ifdef FAULT_GRANT_WITHOUT_EPOCH
#define MAY_GRANT(a) (true)
#else
#define MAY_GRANT(a) LEADS(a)
#endif

#ifdef FAULT_STORE_FIRST
#define KEEP_FIRST(m, n, value) keep(m, n, value)
#else
#define KEEP_FIRST(m, n, value)
#endif
#define APPEND_OF(a, revokes) \
  :: d_step { role[a] == LEADING && length[a] < ROWS && !(revokes && KNOWS_REVOCATION(a)) && !OWNED && \
              !INSERTED(length[a] + 1) -> \
       if \
       :: MAY_APPEND(a) && head == length[a] -> \
          wanted[a] = HASH(epoch_held[a], a, revokes); role[a] = APPENDING; \
          statement[a] = APPEND; subject[a] = length[a] + 1; hash[a] = wanted[a]; \
          KEEP_FIRST(a, length[a] + 1, wanted[a]); \
       :: else -> step_down(a); /* deposed, or the key is another's */ \
       fi }

/* ---- leases: sets of windows. A window that has closed is in none of them. */

byte open;                     /* asked for and not over by the holder's clock */
byte granted;                  /* the leader's answer is committed */
byte counted[AUTHORITIES];     /* granted by this leader, and not yet over by its clock */
byte before[AUTHORITIES];      /* open when this leader's epoch began */
byte asked[MACHINES];

#define WINDOWS_OF(m) (3 << (2 * (m)))
#define HOLDS_LEASE(m) ((open & granted & WINDOWS_OF(m)) != 0)

#define LEASES_OF(m) ((m) == AUTHORITIES -> ASKS : 1)
#ifdef FAULT_GRANT_BEHIND
#define IS_CURRENT(m, a) (true)
#else
#define IS_CURRENT(m, a) HAS_ROW_OF(m, a, floor[a])
#endif
#define GRANT_OF(a, w) \
  :: d_step { role[a] == LEADING && !OWNED && asked[MACHINE_OF(w)] == (w) % 2 && \
              (w) % 2 < LEASES_OF(MACHINE_OF(w)) && IS_CURRENT(MACHINE_OF(w), a) -> \
       if \
       :: MAY_GRANT(a) -> \
          asked[MACHINE_OF(w)]++; open = open | BIT(w); counted[a] = counted[a] | BIT(w); \
          statement[a] = GRANT; subject[a] = w; role[a] = GRANTING; \
       :: else -> step_down(a); \
       fi }

/* ---- what was promised */

bool acknowledged;             /* somebody was told that the certificate is revoked */
byte acknowledged_row[ROWS];
byte denied;                   /* hash of a row that its caller was told is not stored */
byte asked_at;                 /* 1 + the machine that a question waits at */
byte question;                 /* how far it is */
bool good;                     /* what its snapshot says */
byte raises, crashes, cuts, failovers;

inline step_down(a) {
  role[a] = STANDBY; epoch_held[a] = 0; wanted[a] = 0; floor[a] = 0; unsaid[a] = false;
  counted[a] = 0; before[a] = 0;
}

inline close(w) {
  open = open & ~BIT(w); granted = granted & ~BIT(w);
  counted[0] = counted[0] & ~BIT(w); counted[1] = counted[1] & ~BIT(w);
  before[0] = before[0] & ~BIT(w); before[1] = before[1] & ~BIT(w);
}

/* Row n of the store. Two machines with two rows of one number are two leaders. */
inline keep(m, n, value) {
  /* Before the change: n may be named by the length. */
  for (other : 0 .. MACHINES - 1) {
    assert(FAILOVERS > 0 || length[other] < n || ROW(other, n) == value);
  }
  other = 0;
  ROW(m, n) = value;
  length[m] = n;
}

inline free(s) { statement[s] = NONE; subject[s] = 0; hash[s] = 0; }

/* The engine: statements end. `whole`: the engine's standby has it, and all before it. */
inline take_effect(s, a) {
  if
  :: statement[s] == APPEND || (statement[s] == CONFIRM && head < subject[s]) ->
     assert(row_of_log[subject[s] - 1] == 0 && subject[s] == head + 1);
     assert(acknowledged_row[subject[s] - 1] == 0 || acknowledged_row[subject[s] - 1] == hash[s]);
     assert(hash[s] != denied);
     row_of_log[subject[s] - 1] = hash[s]; head = subject[s];
  :: statement[s] == RAISE -> epoch = subject[s]; epoch_of = a;
  :: statement[s] == GRANT ->
#ifdef FAULT_GRANT_OF_ANY_REQUEST
     if
     :: (open & BIT(subject[s])) == 0 && asked[MACHINE_OF(subject[s])] < LEASES_OF(MACHINE_OF(subject[s])) ->
        asked[MACHINE_OF(subject[s])]++;   /* the request after it */
        granted = granted | BIT(subject[s] + 1); open = open | granted;
     :: else -> granted = granted | (open & BIT(subject[s]));
     fi
#else
     granted = granted | (open & BIT(subject[s]));
#endif
  :: else
  fi
}
inline replicate() { standby_head = head; standby_epoch = epoch; standby_epoch_of = epoch_of; }

/* The client hears of success. */
inline succeed(a) {
  if
  :: role[a] == RAISING -> role[a] = RAISED; epoch_held[a] = epoch; before[a] = open & granted;
  :: role[a] == APPENDING || role[a] == CONFIRMING -> role[a] = ROW_IN;
  :: role[a] == HEALING -> role[a] = RAISED;
  :: role[a] == GRANTING -> role[a] = LEADING;
  fi
}
/* The client does not hear, or hears a warning. Whoever does not know whether it leads does not lead. */
inline doubt(a) {
  if
  :: role[a] == RAISING || role[a] == HEALING -> step_down(a);
  :: role[a] == APPENDING || role[a] == CONFIRMING -> role[a] = UNKNOWN;
  :: role[a] == GRANTING -> role[a] = LEADING;
  :: else
  fi
}
inline disconnect(a) {
  statement[2 + a] = statement[a]; subject[2 + a] = subject[a]; hash[2 + a] = hash[a];
  free(a);
}

proctype Engine() {
  byte s;
end:
  do
  :: d_step { statement[0] != NONE -> take_effect(0, 0); replicate(); free(0); succeed(0); }
  :: d_step { statement[1] != NONE -> take_effect(1, 1); replicate(); free(1); succeed(1); }
  :: d_step { statement[2] != NONE -> take_effect(2, 0); replicate(); free(2); }
  :: d_step { statement[3] != NONE -> take_effect(3, 1); replicate(); free(3); }
  :: d_step { statement[2] != NONE -> free(2); }
  :: d_step { statement[3] != NONE -> free(3); }
#if FAILOVERS > 0
  /* A wait for the standby is cancelled: visible, told with a warning, and not on the standby. */
#ifdef FAULT_WARNING_IS_SUCCESS
  :: d_step { statement[0] != NONE && cuts < CUTS -> take_effect(0, 0); free(0); cuts++; succeed(0); }
  :: d_step { statement[1] != NONE && cuts < CUTS -> take_effect(1, 1); free(1); cuts++; succeed(1); }
#else
  :: d_step { statement[0] != NONE && cuts < CUTS -> take_effect(0, 0); free(0); cuts++; doubt(0); }
  :: d_step { statement[1] != NONE && cuts < CUTS -> take_effect(1, 1); free(1); cuts++; doubt(1); }
#endif
  :: d_step { statement[2] != NONE -> take_effect(2, 0); free(2); }
  :: d_step { statement[3] != NONE -> take_effect(3, 1); free(3); }
  :: d_step { standby_head != head || standby_epoch != epoch || standby_epoch_of != epoch_of -> replicate(); }
  :: d_step { failovers < FAILOVERS ->
       failovers++;
       for (s : 0 .. ROWS - 1) {
         if
         :: s >= standby_head -> assert(acknowledged_row[s] == 0); row_of_log[s] = 0;
         :: else
         fi
       }
       head = standby_head; epoch = standby_epoch; epoch_of = standby_epoch_of;
       for (s : 0 .. SLOTS - 1) { free(s) }
       s = 0; doubt(0); doubt(1);
     }
#endif
  od
}

proctype Leader(byte a) {
  byte other, w, waited;
end:
  do
  /* raise_epoch: compare-and-set of the epoch row; no statement of an earlier epoch is under way. */
  :: d_step { role[a] == STANDBY && !stopped[a] && raises < RAISES && (a == 0 || raises > 0) && !SHARED && !OWNED ->
       statement[a] = RAISE; subject[a] = epoch + 1; role[a] = RAISING; raises++;
     }

  /* take_over: the head is read after the raise is committed, and no row is of a later epoch: leases that this
   * leader does not know would be behind it. Missing rows are applied before anything else. */
  :: d_step { role[a] == RAISED && !MAY_TAKE_OVER(a) -> step_down(a); }
  :: d_step { role[a] == RAISED && !stopped[a] && IS_PREFIX_OF_LOG(a) && MAY_TAKE_OVER(a) ->
#ifdef FAULT_TAKEOVER_WITHOUT_ROWS
       skip;
#else
       do
       :: length[a] < head -> keep(a, length[a] + 1, row_of_log[length[a]]);
       :: else -> break
       od;
#endif
       floor[a] = length[a]; unsaid[a] = true; role[a] = LEADING;
     }
#if FAILOVERS > 0
  /* give_back: the log is a prefix of this machine's chain, so the engine has lost rows. */
  :: d_step { role[a] == RAISED && length[a] > head && (head == 0 || ROW(a, head) == row_of_log[head - 1]) &&
              !OWNED && !INSERTED(head + 1) ->
       if
       :: MAY_APPEND(a) ->
          statement[a] = APPEND; subject[a] = head + 1; hash[a] = ROW(a, head + 1); role[a] = HEALING;
       :: else -> step_down(a);
       fi
     }
  :: d_step { role[a] == RAISED && head > 0 && length[a] > 0 &&
              ((length[a] <= head && ROW(a, length[a]) != row_of_log[length[a] - 1]) ||
               (length[a] > head && ROW(a, head) != row_of_log[head - 1])) ->
       stopped[a] = true; step_down(a);
     }
#endif

  /* append: the row of the next number, under the epoch's lock. */
  APPEND_OF(a, 0) APPEND_OF(a, 1)

  /* settle: the epoch row is locked for oneself, which waits for the first attempt, and written, so that the
   * engine's standby must have all before it; then the same row is inserted if it is not there. */
#ifdef FAULT_READ_BACK_ONCE
  :: d_step { role[a] == UNKNOWN ->
       if
       :: head > length[a] && row_of_log[length[a]] == wanted[a] -> role[a] = ROW_IN;
       :: head > length[a] && row_of_log[length[a]] != wanted[a] -> step_down(a);
       :: else -> denied = wanted[a]; step_down(a);
       fi
     }
#else
  :: d_step { role[a] == UNKNOWN && !SHARED && !OWNED ->
       if
       :: MAY_APPEND(a) && (head == length[a] || row_of_log[length[a]] == wanted[a]) ->
          statement[a] = CONFIRM; subject[a] = length[a] + 1; hash[a] = wanted[a]; role[a] = CONFIRMING;
       :: else -> step_down(a);   /* whether the row is in the log is for the next leader to see */
       fi
     }
#endif

  /* commit_store: the row is in the log; now it is in the store. */
  :: d_step { role[a] == ROW_IN ->
       role[a] = LEADING;
#ifndef FAULT_STORE_FIRST
       keep(a, length[a] + 1, wanted[a]);
#endif
       wanted[a] = 0;
     }
  :: d_step { role[a] == ROW_IN -> step_down(a); }   /* the store cannot be written */

#ifndef FAULT_SELF_GRANT
  /* grant: to a machine at or beyond the last acknowledged row. Counted before it is sent. */
  GRANT_OF(a, 0) GRANT_OF(a, 1) GRANT_OF(a, 2) GRANT_OF(a, 3) GRANT_OF(a, 4) GRANT_OF(a, 5)
#if VIEWS > 1
  GRANT_OF(a, 6) GRANT_OF(a, 7)
#endif
#endif

  /* acknowledge: all machines with a lease of this leader are at the row; leases of earlier leaders are over. */
  :: d_step { role[a] == LEADING && (floor[a] < length[a] || unsaid[a]) ->
       waited = 0;
#ifdef FAULT_SELF_GRANT
       waited = granted;
#elif !defined(FAULT_EARLY_ACKNOWLEDGEMENT)
       waited = counted[a];
#endif
       for (w : 0 .. WINDOWS - 1) {
         if
         :: HAS_ROW_OF(MACHINE_OF(w), a, length[a]) -> waited = waited & ~BIT(w);
         :: else
         fi
       }
       w = 0;
#ifndef FAULT_NO_TAKEOVER_WAIT
       waited = waited | before[a];
#endif
       if
       :: waited == 0 ->
          floor[a] = length[a]; unsaid[a] = false;
          if
          :: KNOWS_REVOCATION(a) -> acknowledged = true;
          :: else
          fi;
          for (w : 1 .. ROWS) {
            if
            :: w <= length[a] ->
               assert(acknowledged_row[w - 1] == 0 || acknowledged_row[w - 1] == ROW(a, w));
               acknowledged_row[w - 1] = ROW(a, w);
            :: else
            fi
          }
       :: else
       fi;
       w = 0; waited = 0;
     }
#ifdef FAULT_WALL_TIME
  /* The leader's count ends by a clock that the holder's does not follow. */
  :: d_step { counted[a] != 0 -> counted[a] = 0; }
#endif
  od
}

proctype Follower(byte m) {
  byte other;
  bool seen;
end:
  do
  /* apply: row n + 1, whose `previous` is the hash of row n. */
  :: d_step { (m >= AUTHORITIES || role[m] == STANDBY) && !stopped[m] && length[m] < head && IS_PREFIX_OF_LOG(m) ->
       keep(m, length[m] + 1, row_of_log[length[m]]); }
  /* join: an empty machine starts from a snapshot of another's tables. */
  :: d_step { m == MACHINES - 1 && length[m] == 0 && length[0] > 1 ->
       do
       :: length[m] < length[0] -> keep(m, length[m] + 1, ROW(0, length[m] + 1));
       :: else -> break
       od;
       other = 0 }
#if FAILOVERS > 0
  :: d_step { (m >= AUTHORITIES || role[m] == STANDBY) && !stopped[m] && head >= length[m] && length[m] > 0 &&
              ROW(m, length[m]) != row_of_log[length[m] - 1] -> stopped[m] = true; }
#endif
#ifdef FAULT_SELF_GRANT
  /* The machine looks at the head, and inserts its lease: two steps, like every statement. */
  :: d_step { !seen && asked[m] < LEASES_OF(m) && length[m] == head -> seen = true; }
  :: d_step { seen -> granted = granted | BIT(2 * m + asked[m]); open = open | granted; asked[m]++; seen = false; }
#endif
  /* lapse */
  :: d_step { (open & BIT(2 * m)) != 0 -> close(2 * m); }
  :: d_step { (open & BIT(2 * m + 1)) != 0 -> close(2 * m + 1); }
  od
}

/* answer: the questions that matter arrive after the acknowledgement, at a machine that does not know of it. */
proctype Relying_party() {
end:
  do
  :: d_step { question == 0 && acknowledged && !KNOWS_REVOCATION(0) -> asked_at = 1; question = 1; }
  :: d_step { question == 0 && acknowledged && !KNOWS_REVOCATION(1) -> asked_at = 2; question = 1; }
  :: d_step { question == 0 && acknowledged && !KNOWS_REVOCATION(2) -> asked_at = 3; question = 1; }
#if VIEWS > 1
  :: d_step { question == 0 && acknowledged && !KNOWS_REVOCATION(3) -> asked_at = 4; question = 1; }
#endif
#ifdef FAULT_SNAPSHOT_FIRST
  :: d_step { question == 1 -> good = !KNOWS_REVOCATION(asked_at - 1); question = 2; }
  :: d_step { question == 2 -> assert(!(good && HOLDS_LEASE(asked_at - 1))); question = 0; asked_at = 0; good = false; }
#else
  :: d_step { question == 1 ->
       if
#ifndef FAULT_NO_LEASE
       :: !HOLDS_LEASE(asked_at - 1) || stopped[asked_at - 1] -> question = 0; asked_at = 0;   /* tryLater */
#endif
       :: else -> question = 2;
       fi }
  :: d_step { question == 2 -> assert(KNOWS_REVOCATION(asked_at - 1)); question = 0; asked_at = 0; }
#endif
  od
}

/* What goes wrong. A process that starts again has its store and nothing else. */
inline crash(m) {
  crashes++;
  if
  :: m < AUTHORITIES ->
     if
     :: statement[m] != NONE -> disconnect(m);
     :: else
     fi;
     step_down(m);
  :: else
  fi;
  close(2 * (m)); close(2 * (m) + 1);
  if
  :: asked_at == (m) + 1 -> question = 0; asked_at = 0; good = false;
  :: else
  fi
}

proctype Fault() {
end:
  do
  :: d_step { crashes < CRASHES && statement[2] == NONE -> crash(0); }
  :: d_step { crashes < CRASHES && statement[3] == NONE -> crash(1); }
  :: d_step { crashes < CRASHES -> crash(AUTHORITIES); }
  :: d_step { cuts < CUTS && statement[0] != NONE && statement[2] == NONE -> cuts++; disconnect(0); doubt(0); }
  :: d_step { cuts < CUTS && statement[1] != NONE && statement[3] == NONE -> cuts++; disconnect(1); doubt(1); }
  od
}

/* When no step is left. */
proctype Watch() {
  byte m;
end:
  timeout ->
  d_step {
    for (m : 0 .. SLOTS - 1) { assert(statement[m] == NONE) }
    for (m : 0 .. AUTHORITIES - 1) {
      assert(role[m] == STANDBY || role[m] == LEADING);
      assert(role[m] == STANDBY || !LEADS(m) || (floor[m] == head && length[m] == head && !unsaid[m]));
    }
    for (m : 0 .. MACHINES - 1) {
      assert(stopped[m] || length[m] >= head || (m < AUTHORITIES -> role[m] == LEADING : false));
    }
  }
}

init {
  atomic {
    run Engine();
    run Leader(0); run Leader(1);
    run Follower(0); run Follower(1); run Follower(2);
#if VIEWS > 1
    run Follower(3);
#endif
    run Relying_party(); run Fault(); run Watch();
  }
}
