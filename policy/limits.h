// Limits of the language that only policy/ asks for; those that others share stand in core/base/limits.h.
#pragma once

#include <cstddef>

namespace steelyard::limits {

// A file of policies, as text or JSON, for whoever evaluates, translates or formats them: fifty thousand of some three
// hundred octets; reading takes up to sixty times as much memory. What a statement may hold is kPolicyBytesMax of
// core/base/limits.h.
inline constexpr std::size_t kPolicyFileBytesMax = 16 * 1024 * 1024;
// Pairs of an entity and one that it is in, of a file of entities: a chain has half its length squared. Eight octets
// each.
inline constexpr std::size_t kEntityAncestorsMax = 8'000'000;
// One policy printed as text. In a path of `has` names that need quotes are written out, which repeats what stands
// before them, and that again.
inline constexpr std::size_t kPolicyPrintedBytesMax = 1024 * 1024;
// How the formatter lays out lines: deep nesting times its indentation is what a short text can grow to.
inline constexpr std::size_t kFormatWidthMax = 1'000;
inline constexpr std::size_t kFormatIndentMax = 16;

// Validation (policy/validation/). Types nest in types: walks over them recurse no deeper.
inline constexpr std::size_t kTypeDepthMax = 128;
// Parts of one type, counted as if nothing were shared: common types that name others twice double with each level,
// and comparing two types may look at every part.
inline constexpr std::size_t kTypeWeightMax = 65'536;
// What validating one set of policies may take: a step looks at one expression in one kind of request, or compares two
// simple types. Half a second or so; 10,000 policies of 20 expressions in 50 kinds of requests.
inline constexpr std::size_t kValidationStepsMax = 10'000'000;
// The same of a set that a statement brings, while others wait: a baseline takes 400, 60,000 octets of policies 100,000.
inline constexpr std::size_t kPolicySetValidationStepsMax = 500'000;
// Told of one policy; more do not help whoever mends it.
inline constexpr std::size_t kFindingsMax = 32;

// Schemas (policy/schema/), in either syntax. A schema of a thousand entity types takes a quarter of this.
inline constexpr std::size_t kSchemaBytesMax = 1024 * 1024;
// `entity A, B, C = {...}` is as many declarations as names: what that may come to, in octets of text.
inline constexpr std::size_t kSchemaRepeatedBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kSchemaNameBytesMax = 512;  // of a type or namespace, as written
// Resolving writes the namespace before each name that stands for one in it: what all names may come to.
inline constexpr std::size_t kSchemaResolvedBytesMax = 64 * 1024 * 1024;
// Pairs of an entity type or action and one that it may be in, through any number: a chain has half its length squared.
inline constexpr std::size_t kSchemaAncestorsMax = 1'000'000;

}  // namespace steelyard::limits
