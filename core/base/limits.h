// Every limit of Steelyard, with its reason. Nothing that arrives is held, parsed or repeated beyond these.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/time.h"

namespace steelyard::limits {

// Frames (docs/formats/frame.md).
inline constexpr std::size_t kFrameBytesTarget = 256 * 1024;  // beyond it framing costs nothing more to amortise
// ZMQ_MAXMSGSIZE: an unauthenticated peer can make us hold this much
inline constexpr std::size_t kFrameBytesMax = 1024 * 1024;
inline constexpr std::size_t kFrameMessagesMax = 512;        // path of at most 9 digests, positions in 16 bits
inline constexpr std::size_t kMessageBytesMax = 960 * 1024;  // one message plus its proof fits a frame
inline constexpr std::size_t kEnvelopeBytesMax = 64 * 1024;  // a request naming 256 fields stays below 24 KiB
inline constexpr std::size_t kStatementBytesMax = 60'000;    // a catalogue of 256 fields in two languages
inline constexpr std::size_t kNoteBytesMax = 32 * 1024;      // a checkpoint with the cosignatures of 150 witnesses
inline constexpr std::size_t kNoteSignaturesMax = 128;       // the log and one witness per member of a city
// an entry's body (docs/formats/entry.md): fits a store value beside its row
inline constexpr std::size_t kEntryBodyBytesMax = 220;
inline constexpr std::size_t kPublicKeyBytesMax = 256;       // X25519 has 32, P-256 has 65; room for other suites
inline constexpr std::size_t kTextBytesMax = 2'000;          // one text for people, in one language
inline constexpr std::size_t kRowFilterBytesMax = 8 * 1024;  // one Cedar expression
// of one, as SQL: SQLite takes expressions 1,000 deep, and an owner's database has other work to do
inline constexpr std::size_t kRowFilterTestsMax = 512;
inline constexpr std::size_t kRowFilterStarsMax = 64;  // of one pattern: SQLite's functions take 127 arguments
// keys of one member or of the broker: uses, each with its successor
inline constexpr std::size_t kMembersKeysMax = 16;
inline constexpr std::size_t kSignaturesMax = 16;  // signatures under one statement: roles, later k of n
// our tables nest 4 deep; shared offsets make more super-linear
inline constexpr std::size_t kFlatbufferDepthMax = 8;
inline constexpr std::size_t kFlatbufferTablesMax = 64;
inline constexpr std::size_t kFlatbufferTablesStatementMax = 1024;
inline constexpr std::size_t kFlatbufferTablesPayloadMax = 1024;  // columns, parameters: ≤ 256 each

// Exchanges.
inline constexpr std::size_t kFieldsMax = 256;  // a bitmap of 32 octets in every entry
inline constexpr std::size_t kConditionsMax = 64;
inline constexpr Duration kLifeMax = minutes(5);  // `expires` at most this far from `created`
inline constexpr Duration kSkew = seconds(30);    // clocks may differ by this much
inline constexpr Duration kAnswerDelayMax =
    minutes(24 * 60);  // that an owner's no may ask for: hours come round in a day
// an office key that replaces a lost one waits for this long in log time: a weekend passes before nobody can object
inline constexpr Duration kRecoveryWait = minutes(72 * 60);
inline constexpr Duration kClockAnchorEvery = minutes(60);  // a clock slewed by 500 ppm is 2 s off by then
inline constexpr std::size_t kReceivedDigestsMax = 512;
inline constexpr std::uint32_t kRowsMax = 10'000;  // rows of one answer, whatever the grant says
// rows of one answer: padded by eighths they still fit a message
inline constexpr std::size_t kAnswerBytesMax = 768 * 1024;
// an owner's sealed answers kept for repeats; older are `gone`
inline constexpr std::size_t kKeptAnswersBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kGrantsAheadMax = 1'024;  // grants whose request has not come: the two stand side by side
inline constexpr std::size_t kReplyKeysMax = 4'096;    // as many as opening contexts: one per consumer and hour
inline constexpr std::size_t kOpenExchangesMax = 65'536;                // memory of the broker's overlay: about 64 MiB
inline constexpr std::size_t kOpenOfMemberMax = kOpenExchangesMax / 4;  // so that one member cannot take all of it
inline constexpr std::size_t kExchangeBytes = 1'024;        // of the broker's memory, for one that is open or kept
inline constexpr std::size_t kKeptOfMemberMax = 1'000'000;  // ended ones until `expires`: about 1 GiB of memory
// of those whose time is up, in one step of the pipeline: a few milliseconds even where each is closed and its user
// told
inline constexpr std::size_t kExpiredPerStep = 256;
// of them in one commit, and as many more as it has entries: rows that end lie apart in the store, a page each, and
// everybody waits for the commit that writes those pages
inline constexpr std::size_t kEndsPerCommit = 64;
inline constexpr std::size_t kHandOverBytes = 512;                      // of the broker's memory, until it is stale
inline constexpr std::size_t kHandOversOfMemberMax = kKeptOfMemberMax;  // nobody opens more answers than it keeps

// Sealing (docs/formats/seal.md).
inline constexpr std::uint64_t kSealMessagesMax = 1 << 16;  // messages of one sending context
inline constexpr Duration kSealLife = minutes(10);
inline constexpr std::size_t kOpeningContextsMax = 4'096;
inline constexpr Duration kReplyKeyLife = minutes(60);

// Sessions.
inline constexpr std::size_t kSessionsPerMemberMax = 4;
inline constexpr Duration kPongWithin = seconds(5);
inline constexpr Duration kPingEvery = seconds(1);
inline constexpr std::uint32_t kCreditMessages = 1'024;
inline constexpr std::uint32_t kCreditBytes = 4 * 1024 * 1024;
// beside the peer's credit: answers waiting for a slow peer
inline constexpr std::size_t kSessionQueueBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kQueueBytesMax = 256 * 1024 * 1024;  // all sessions together
// of those two, what requests may fill; the rest is for answers, refusals and statements, which nobody can send later
inline constexpr std::size_t kQueueShareOfRequests = 2;
inline constexpr std::size_t kGrantBytesUsual = 1'024;  // reserved beside each request
// the socket takes nothing from a peer within its credit: longer than our own I/O thread may be late
inline constexpr Duration kUnwritableMax = seconds(1);
// received from a connection and not yet seen by the loop, a frame that never ends included: the peer is dropped. Above
// what it may have on its way: its credit, and control frames
inline constexpr std::size_t kUndeliveredBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kDropsBeforeDisconnect = 16;
// Token bucket of one session's control frames, one token each: at 50,000 messages a second an adapter sends 400
// credits, and while it proves what it holds some thousand tile requests. Beyond it a frame is dropped.
inline constexpr double kControlPerSecond = 20'000;
inline constexpr double kControlBurst = 20'000;
inline constexpr std::size_t kSyncTokens = 5'000;  // a Sync begins the statements anew: four a second, an adapter's one
// two signatures checked; at 50,000 entries a second an adapter cosigns 12 times in one
inline constexpr std::size_t kCosignTokens = 400;
// statements given to one session and not sent yet: with their promises they fill a frame
inline constexpr std::size_t kStatementsAheadMax = kFrameMessagesMax / 2;
inline constexpr Duration kHelloWithin = seconds(5);  // a connection without a session holds a place this long
// connections of one key that have not said Hello: as many as there may be sessions
inline constexpr std::size_t kGreetingPerKeyMax = kSessionsPerMemberMax;
inline constexpr int kSocketHwmFrames = 64;
inline constexpr Duration kHandshakeWithin = seconds(3);  // an unauthenticated peer holds a descriptor this long
inline constexpr std::size_t kConnectionsMax = 4'096;     // descriptors; a city is a few hundred sessions
inline constexpr double kRequestsPerSecond = 50'000;      // token bucket of one member
inline constexpr double kRequestsBurst = 10'000;
inline constexpr std::size_t kControlQueueBytesMax =
    2 * 1024 * 1024;                                 // 64 tiles, a checkpoint, pings: more is a dead peer
inline constexpr std::size_t kFramesPerRound = 256;  // of all sessions: bounds the latency of one round of the loop
inline constexpr std::size_t kBytesPerRound = 8 * 1024 * 1024;
// so that what one round took is committed and carried out while the next is decided, and all that waits does not move
// through the city as one convoy
inline constexpr std::size_t kMessagesPerRound = 256;
// requests that one owner has not answered, and what of it one adapter may have waiting: those, and as many of before
inline constexpr std::size_t kUnansweredMax = 4'096;
inline constexpr std::size_t kUnansweredMin = 128;       // however slow it is: what one bundle may hold
inline constexpr Duration kOwnerBehindMax = seconds(2);  // once it is behind no more wait than it answers in this
inline constexpr std::size_t kRequestsWaitingMax = 2 * kUnansweredMax;
inline constexpr std::size_t kSliceMessages = 32;  // of one member in turn, while others wait: a millisecond or so
// members' frames that wait for their turn, all sessions together; each session's own share is its credit
inline constexpr std::size_t kBacklogBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kTilesPerRound = 32;       // proofs must not delay exchanges
inline constexpr std::size_t kTilesWaitingMax = 1'024;  // of one session: what a proof over a few entries asks at once
inline constexpr std::size_t kCosignsWaitingMax = 1'024;    // one per adapter and checkpoint; the newest matter
inline constexpr Duration kCloseAfter = milliseconds(250);  // the last rejection reaches the peer before it is cut off
inline constexpr Duration kDrainWithin = seconds(5);        // after SIGTERM, for open exchanges

// What operators are told of (schemas/troubles.def); deploy/alerts has the same figures.
inline constexpr Duration kSnapshotLate = seconds(5);     // the loop turns every 50 ms
inline constexpr Duration kOpenLate = minutes(2);         // an owner that answers at all does so long before
inline constexpr Duration kCheckpointLate = seconds(30);  // they are due each second while entries come
inline constexpr double kStoreFillingRatio = 0.8;         // at kStoreFullRatio nothing new is taken in
inline constexpr double kQueuesFillingRatio = 0.25;       // half may be requests: then whoever asks is told `busy`
inline constexpr Duration kCommitSlow = seconds(1);       // one in a hundred
inline constexpr Duration kRecentWithin = minutes(5);     // for that, and for
inline constexpr std::uint64_t kKeysRefusedMany = 20;     // more than these
inline constexpr std::uint64_t kRejectionsMany = 1'500;   // by one reason: 5 a second
inline constexpr std::uint64_t kDropsMany = 300;          // by one why: one a second
inline constexpr Duration kSnapshotEvery = seconds(1);    // what operators read is at most this old

// HTTP for operators: one scraper, a few people, a probe.
inline constexpr std::size_t kHttpConnectionsMax = 64;
inline constexpr std::size_t kHttpHeaderBytesMax = 8 * 1024;
inline constexpr std::size_t kHttpBodyBytesMax = 1024;                // nothing is written this way
inline constexpr std::size_t kHttpAnswerBytesMax = 16 * 1024 * 1024;  // a status of thousands of members
// from when it is accepted: its handshake, one request, the answer; a page takes milliseconds
inline constexpr Duration kHttpWithin = seconds(5);

// HTTP for applications (docs/formats/http.md): without a token all clients of this machine together cost 10 MB at
// most. where all are taken, the oldest that does not wait for its answer makes room: a client that is served says all
// that it has to within a millisecond
inline constexpr std::size_t kApplicationsConnectionsMax = 256;
inline constexpr std::size_t kApplicationsHeadBytesMax = 8 * 1024;
inline constexpr std::size_t kApplicationsHeadersMax = 64;
inline constexpr std::size_t kApplicationsBodyBytesMax = 64 * 1024;  // 256 fields, and conditions on 2,000 identifiers
inline constexpr std::size_t kApplicationsRequestBytesMax = 4 * 1024 * 1024;  // of all requests that are being read
inline constexpr std::size_t kApplicationsUnreadBytesMax = 4 * 1024 * 1024;   // answers not read: beyond, `busy`
inline constexpr Duration kApplicationsRequestWithin = seconds(5);            // from its first octet to its last
inline constexpr Duration kApplicationsIdleMax = seconds(30);                 // before the next request
inline constexpr Duration kApplicationsReadWithin = seconds(30);              // an answer, by its client
inline constexpr std::size_t kApplicationsAskedMax = 128;                     // at once; so many of the connections
inline constexpr std::size_t kAskedOfApplicationMax = 32;                     // so that one leaves room for others
// streams of events: few of the connections, none of which an answer needs; what one may hold unread is what it is
// given before its reader comes back
inline constexpr std::size_t kEventStreamsMax = 32;
inline constexpr std::size_t kEventStreamsOfApplicationMax = 8;
inline constexpr std::size_t kStreamUnreadBytesMax = 1024 * 1024;  // and one event
inline constexpr std::size_t kApplicationTokensMax = 1'024;
// outcomes kept for who asks again under the same Idempotency-Key, and how many keys are known
inline constexpr std::size_t kKeptOutcomesBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kKeptKeysMax = 16'384;
inline constexpr std::size_t kIdempotencyKeyBytesMax = 128;

// Events (docs/formats/events.md).
inline constexpr std::size_t kEventRowsMax = 256;  // rows of one event: a reader is never far behind for one of them
inline constexpr std::size_t kEventBytesMax = 128 * 1024;          // of its rows: half a frame's target
inline constexpr std::size_t kSubscriptionsOfDatasetMax = 256;     // an Ack names them all; so does a period's event
inline constexpr std::size_t kSubscriptionsOfMemberMax = 1'024;    // a row of the log each
inline constexpr std::size_t kEventWindow = 256;                   // sent to a subscriber and not acknowledged
inline constexpr std::size_t kEventWindowBytes = 2 * 1024 * 1024;  // a quarter of its session's queue
inline constexpr std::size_t kSpoolBytesMax = 64 * 1024 * 1024;    // all streams; in memory and in the store
inline constexpr std::size_t kSpoolOfStreamBytesMax = 16 * 1024 * 1024;  // so that one cannot take all of it
inline constexpr Duration kSpoolLife = minutes(24 * 60);                 // older: who lacks it takes a fresh snapshot
inline constexpr Duration kFellBehindAfter = seconds(30);                // without a move, where the spool has no room
// octets; with the frame that goes beyond it still below what one commit may dirty
inline constexpr std::size_t kSpooledPerCommit = 4 * 1024 * 1024;
inline constexpr Duration kEventPeriod = minutes(24 * 60);      // of one content key
inline constexpr std::size_t kEventsUnacknowledgedMax = 256;    // an owner's, before it reads more of its source
inline constexpr Duration kEventsPollEvery = milliseconds(20);  // of the outbox: a change is told within that
inline constexpr std::size_t kOutboxRowsAtOnce = 64;            // changed rows told by one event
inline constexpr std::size_t kOutboxTrimAtOnce = 1'000;         // rows: a write of milliseconds

// Log (docs/formats/store.md).
inline constexpr std::size_t kStoreValueBytesMax = 1'900;  // LMDB moves larger values to overflow pages
// address space, not disk: the file grows as it fills
inline constexpr std::uint64_t kStoreMapBytes = 64ULL << 30;
// a commit of 1,024 records dirties less; sparse, so it costs no disk
inline constexpr std::uint64_t kStoreTailBytes = 16 << 20;
// a reader that was killed holds back every page freed since: a minute of them is some tens of MiB at full load
inline constexpr Duration kReaderCheckEvery = minutes(1);
inline constexpr std::size_t kCommitRecordsMax = 1'024;
inline constexpr std::uint64_t kCheckpointEntries = 4'096;
inline constexpr Duration kCheckpointEvery = seconds(1);
inline constexpr Duration kPromiseWithin = seconds(5);  // a promise must be provable by then
inline constexpr double kStoreFullRatio = 0.95;

// Policies.
inline constexpr std::size_t kPolicyBytesMax = 60'000;
inline constexpr std::size_t kExpressionDepthMax = 128;
inline constexpr std::size_t kEvaluationStepsMax = 100'000;
// A step takes ten nanoseconds or so. All that is decided about one request: 156 steps for each of 256 fields and 64
// conditions; an agreement with the baseline takes about 30.
inline constexpr std::size_t kWeighingStepsMax = 50'000;
// What one member's requests may take of one round: beyond, they are told `busy`. 512 requests of 60 fields take half.
inline constexpr std::size_t kWeighingStepsPerRound = 1'000'000;
inline constexpr std::size_t kRelationsMax = 32'768;  // of applications and datasets, half a KiB each; then found anew

}  // namespace steelyard::limits
