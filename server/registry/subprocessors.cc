// Rules of subprocessors: edges from a vendor to one that also holds its data.

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rollcall/v1/subprocessor_service.pb.h"
#include "server/registry/collections.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::registry {
namespace {

using google::protobuf::Message;

// Of a chain in an error's text, this many vendors at each end are named.
constexpr std::size_t kChainEnds = 5;

// The shortest chain from `vendor` over `processor` back to `vendor`; empty if there is none.
absl::StatusOr<std::vector<std::string>> ChainBack(ReadTx& tx, const std::string& vendor,
                                                   const std::string& processor) {
  std::map<std::string, std::string> from = {{processor, vendor}};
  std::vector<std::string> queue = {processor};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const std::string current = queue[i];
    RC_ASSIGN_OR_RETURN(const std::vector<std::string> next, ProcessorsOf(tx, current));
    for (const std::string& receiver : next) {
      if (receiver == vendor) {
        std::vector<std::string> chain = {vendor, current};
        while (chain.back() != processor) chain.push_back(from[chain.back()]);
        chain.push_back(vendor);
        std::reverse(chain.begin(), chain.end());
        return chain;
      }
      if (from.emplace(receiver, current).second) queue.push_back(receiver);
    }
  }
  return std::vector<std::string>();
}

std::string ChainText(const std::vector<std::string>& chain) {
  if (chain.size() <= 2 * kChainEnds) return absl::StrJoin(chain, " -> ");
  const auto ends = static_cast<std::ptrdiff_t>(kChainEnds);
  return absl::StrCat(absl::StrJoin(chain.begin(), chain.begin() + ends, " -> "), " -> ... ",
                      chain.size() - 2 * kChainEnds, " more ... -> ",
                      absl::StrJoin(chain.end() - ends, chain.end(), " -> "));
}

absl::Status CheckSubprocessor(ReadTx& tx, const Message*, Message* record) {
  const auto& edge = dynamic_cast<const v1::Subprocessor&>(*record);
  const std::string vendor(ParentName(edge.name()));
  if (edge.processor() == vendor) {
    return InvalidField("subprocessor.processor", "is the vendor itself");
  }
  RC_RETURN_IF_ERROR(RequireRecord(tx, VendorTable(), edge.processor(), "subprocessor.processor"));
  if (edge.has_start_date() && edge.has_end_date() &&
      ToCivilDay(edge.end_date()) < ToCivilDay(edge.start_date())) {
    return InvalidField("subprocessor.end_date", "is before start_date");
  }
  RC_RETURN_IF_ERROR(CheckDataElements(tx, edge.data_elements(), "subprocessor.data_elements"));
  if (edge.allow_cycle()) return absl::OkStatus();
  RC_ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                      ChainBack(tx, vendor, edge.processor()));
  if (chain.empty()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, "SUBPROCESSOR_CYCLE",
                   absl::StrCat("data would come back to the vendor: ", ChainText(chain),
                                "; correct the edge, or set allow_cycle if this is meant"),
                   {{"resource", edge.processor()}});
}

// A walk over the edges behind a party, by Tarjan's algorithm without recursion: parties of a
// cycle form one group, and a group's length is known once all behind it are.
class Depth {
 public:
  explicit Depth(ReadTx& tx) : tx_(tx) {}

  // The most parties that a walk from `party` on can meet, each counted once.
  absl::StatusOr<int> Of(const std::string& party) {
    RC_RETURN_IF_ERROR(Enter(party));
    while (!calls_.empty()) {
      Call& call = calls_.back();
      if (call.next < call.processors.size()) {
        const std::string processor = call.processors[call.next++];
        const auto seen = nodes_.find(processor);
        if (seen == nodes_.end()) {
          RC_RETURN_IF_ERROR(Enter(processor));
        } else if (seen->second.on_stack) {
          call.node->low = std::min(call.node->low, seen->second.number);
        } else {
          call.node->behind = std::max(call.node->behind, seen->second.depth);
        }
        continue;
      }
      Leave();
    }
    return nodes_[party].depth;
  }

 private:
  struct Node {
    int number = 0;
    int low = 0;
    int behind = 0;  // The greatest depth of a group behind it.
    int depth = 0;   // Known once it is off the stack.
    bool on_stack = true;
  };
  struct Call {
    Node* node;
    std::vector<std::string> processors;
    std::size_t next = 0;
  };

  absl::Status Enter(const std::string& party) {
    RC_ASSIGN_OR_RETURN(std::vector<std::string> processors, ProcessorsOf(tx_, party));
    const int number = static_cast<int>(nodes_.size()) + 1;
    Node& node = nodes_[party];
    node.number = node.low = number;
    stack_.push_back(&node);
    calls_.push_back({&node, std::move(processors)});
    return absl::OkStatus();
  }

  void Leave() {
    Node* node = calls_.back().node;
    calls_.pop_back();
    if (node->low == node->number) {
      std::size_t first = stack_.size() - 1;
      while (stack_[first] != node) --first;
      int behind = 0;
      for (std::size_t i = first; i < stack_.size(); ++i) {
        behind = std::max(behind, stack_[i]->behind);
      }
      for (std::size_t i = first; i < stack_.size(); ++i) {
        stack_[i]->depth = behind + static_cast<int>(stack_.size() - first);
        stack_[i]->on_stack = false;
      }
      stack_.resize(first);
    }
    if (calls_.empty()) return;
    Node* caller = calls_.back().node;
    if (node->on_stack) {
      caller->low = std::min(caller->low, node->low);
    } else {
      caller->behind = std::max(caller->behind, node->depth);
    }
  }

  ReadTx& tx_;
  std::map<std::string, Node> nodes_;  // Nodes keep their addresses.
  std::vector<Node*> stack_;
  std::vector<Call> calls_;
};

absl::Status DecorateSubprocessor(ReadTx& tx, absl::CivilDay, Message* record) {
  auto& edge = dynamic_cast<v1::Subprocessor&>(*record);
  RC_ASSIGN_OR_RETURN(const int depth, Depth(tx).Of(edge.processor()));
  edge.set_depth(depth);
  return absl::OkStatus();
}

bool MatchesSubprocessor(const Message& request, const Message& record) {
  const auto& list = dynamic_cast<const v1::ListSubprocessorsRequest&>(request);
  return list.processor().empty() ||
         list.processor() == dynamic_cast<const v1::Subprocessor&>(record).processor();
}

}  // namespace

const Collection& Subprocessors() {
  static const Collection collection = {.table = &SubprocessorTable(),
                                        .pattern = "vendors/{vendor}/subprocessors/{subprocessor}",
                                        .parent_table = &VendorTable(),
                                        .check = CheckSubprocessor,
                                        .decorate = DecorateSubprocessor,
                                        .matches = MatchesSubprocessor};
  return collection;
}

}  // namespace rollcall::registry
