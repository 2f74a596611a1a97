#include "client/cli/command_tree.h"

#include "absl/strings/str_cat.h"

namespace rollcall::cli {
namespace {

// What the nouns are, in one line each.
std::string NounHelp(const std::string& noun) {
  static const std::map<std::string, std::string> kHelp = {
      {"vendor", "Outside parties that hold data of people in the roster"},
      {"product", "Products and services of vendors"},
      {"contact", "People and desks at vendors"},
      {"contract", "Written agreements with vendors"},
      {"clause", "Terms of contracts as typed values"},
      {"document", "Files that prove contracts, known by their digest"},
      {"element", "Catalogue: fields of a person's record"},
      {"clause-kind", "Catalogue: kinds of contract terms"},
      {"regime", "Catalogue: rows of law with their clocks"},
      {"share", "Which fields of which people a vendor may hold"},
      {"subprocessor", "Where the data of a vendor also rests: fourth parties"},
      {"transfer", "What was really sent to a vendor, and whether it may be"},
      {"disposition", "Certificates that a vendor destroyed or returned data"},
      {"roster", "Imports of the roster, and the roster in numbers"},
      {"person", "Students, staff and guardians, current and former"},
      {"enrollment", "Stays of a person at schools"},
      {"program-spell", "Times of a person in programs such as Medicaid"},
      {"school", "Schools"},
      {"incident", "Compromises of data at vendors"},
      {"statement", "What a vendor said about an incident, in versions"},
      {"exposure", "Who is affected by a compromise, with which fields"},
      {"disclosure", "Entries of a student's record of disclosures, page by page"},
      {"case", "Notification cases with their legal clocks"},
      {"notice", "Messages of a case, one for each affected person"},
      {"role", "Sets of rights"},
      {"grant", "Who has which role"},
      {"token", "Personal tokens, by which people sign in without an identity provider"},
      {"separation-rule", "Which two duties on a case must lie in two hands"},
      {"audit", "The log of what happened: reading, proving and checking it"},
      {"key", "The keys under which personal fields lie sealed"},
      {"backup", "Copies of the whole register, made while it serves"},
      {"server", "The server itself"},
  };
  const auto found = kHelp.find(noun);
  return found == kHelp.end() ? absl::StrCat("Commands for: ", noun) : found->second;
}

}  // namespace

CLI::App* CommandTree::Add(const std::string& noun, const std::string& verb,
                           const std::string& help) {
  if (noun.empty()) return root_->add_subcommand(verb, help);
  CLI::App*& group = groups_[noun];
  if (group == nullptr) {
    group = root_->add_subcommand(noun, NounHelp(noun));
    group->require_subcommand(1);
  }
  return group->add_subcommand(verb, help);
}

void CommandTree::OnRun(CLI::App* command, Action action, Needs needs) {
  command->callback([this, action = std::move(action), needs] {
    chosen_ = action;
    needs_ = needs;
  });
}

}  // namespace rollcall::cli
