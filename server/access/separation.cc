#include "server/access/separation.h"

#include "storage/register_tables.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

v1::SeparationRule LettersRule() {
  v1::SeparationRule rule;
  rule.set_name(kLettersRule);
  rule.set_display_name("Who scopes an incident cannot alone approve its letters");
  rule.set_first_duty(v1::DUTY_SCOPE);
  rule.set_second_duty(v1::DUTY_APPROVE);
  rule.set_active(true);
  rule.set_required(true);
  return rule;
}

}  // namespace

const registry::Collection& SeparationRules() {
  static const registry::Collection collection = {.table = &SeparationRuleTable(),
                                                  .pattern = "separationRules/{separation_rule}"};
  return collection;
}

absl::Status PutBuiltInRules(WriteTx& tx) {
  v1::SeparationRule rule = LettersRule();
  v1::SeparationRule current;
  const absl::Status found = SeparationRuleTable().Get(tx, rule.name(), kNewest, &current);
  return absl::IsNotFound(found) ? SeparationRuleTable().Insert(tx, &rule) : found;
}

absl::StatusOr<std::vector<v1::SeparationRule>> CurrentRules(ReadTx& tx) {
  std::vector<v1::SeparationRule> rules;
  v1::SeparationRule scratch;
  RC_RETURN_IF_ERROR(SeparationRuleTable().List(
      tx, "", "", kNewest, &scratch,
      [&](const google::protobuf::Message& record) -> absl::StatusOr<bool> {
        rules.push_back(dynamic_cast<const v1::SeparationRule&>(record));
        return true;
      }));
  return rules;
}

}  // namespace rollcall::access
