// What tests of statements in the CLI share: the city, its offices, a document that one of them drew up.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "cli/statement_signing.h"
#include "core/exchange/testing/world.h"

namespace steelyard::cli {

using exchange::testing::World;
using schemas::Role;
using schemas::StatementKind;

class StatementTest : public ::testing::Test {
 protected:
  Bytes drawn(const MemberId& author, Role role) const {
    return draw_up(world_.registry(), StatementKind::kCatalogue, kHousehold.text, author, role, world_.now(),
                   World::catalogue(kHousehold, DutyId("household-register"), {"name"}));
  }
  Office office(const MemberId& member) const {
    auto key = crypto::SigningKey::from_private(world_.keys(member).office.public_key().algorithm,
                                                world_.keys(member).office.private_octets().view());
    return Office{member, std::move(*key)};
  }

  const MemberId kOwner{"civil-affairs"}, kUser{"tax"}, kRoot = World::kRoot;
  const DatasetId kHousehold{"civil-affairs/household"};
  const World world_ = World::city();
};

}  // namespace steelyard::cli
