// Every FlatBuffers table that arrives: what decodes encodes to octets that say the same, and that are the same each
// time.
#include "schemas/codec.h"

#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;

namespace {

// Encodings are compared, not values: a NaN is a value like any other and equals nothing.
template <class T>
void decode_and_back(Input input) {
  const auto value = schemas::decode<T>(input.rest());
  if (!value) return;
  const Bytes encoded = schemas::encode(*value);
  const auto again = schemas::decode<T>(encoded);
  CHECK(again.has_value());
  CHECK(schemas::encode(*again) == encoded);
}

constexpr void (*kDecoders[])(Input) = {
    decode_and_back<schemas::Request>,       decode_and_back<schemas::Answer>,
    decode_and_back<schemas::Received>,      decode_and_back<schemas::Event>,
    decode_and_back<schemas::Grant>,         decode_and_back<schemas::Refusal>,
    decode_and_back<schemas::Recorded>,      decode_and_back<schemas::Rejection>,
    decode_and_back<schemas::Hello>,         decode_and_back<schemas::Welcome>,
    decode_and_back<schemas::Ping>,          decode_and_back<schemas::Pong>,
    decode_and_back<schemas::Credit>,        decode_and_back<schemas::Ack>,
    decode_and_back<schemas::Sync>,          decode_and_back<schemas::TileRequest>,
    decode_and_back<schemas::Tile>,          decode_and_back<schemas::Checkpoint>,
    decode_and_back<schemas::Cosign>,        decode_and_back<schemas::RequestPayload>,
    decode_and_back<schemas::AnswerPayload>, decode_and_back<schemas::EventPayload>,
    decode_and_back<schemas::Statement>,     decode_and_back<std::vector<schemas::StatementSignature>>,
};

}  // namespace

FUZZ(input) { fuzz::choose(input, kDecoders); }
