// The verbs: each file declares its own. Threads: main's.
#pragma once

#include "cli/command.h"

namespace steelyard::cli {

void register_init(Command& root);
void register_keys(Command& root);
void register_member(Command& root);
void register_application(Command& root);
void register_duty(Command& root);
void register_catalog(Command& root);
void register_catalog_import(Command& catalog);
void register_agreement(Command& root);
void register_policy(Command& root);
void register_sign(Command& root);  // sign, submit
void register_query(Command& root);
void register_verify(Command& root);
void register_subscribe(Command& root);
void register_trace(Command& root);
void register_receipt(Command& root);
void register_receipt_verify(Command& receipt);
void register_receipt_renew(Command& receipt);
void register_log(Command& root);
void register_log_keys(Command& log);  // key, policy, stamp
void register_witness(Command& root);
void register_status(Command& root);

}  // namespace steelyard::cli
