#include "server/casework/incidents.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/contract_service.pb.h"
#include "server/casework/duties.h"
#include "server/registry/collections.h"
#include "server/registry/page_token.h"
#include "storage/register_tables.h"
#include "storage/statement_store.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

using google::protobuf::Message;

absl::Status CheckOrder(const v1::Incident& incident, v1::StartEvent early, const char* early_field,
                        v1::StartEvent late, const char* late_field) {
  const auto first = EventDay(incident, early);
  const auto second = EventDay(incident, late);
  if (!first || !second || *first <= *second) return absl::OkStatus();
  return InvalidField(absl::StrCat("incident.", late_field),
                      absl::StrCat("is before ", early_field, "; correct one of them"));
}

absl::StatusOr<std::vector<v1::Statement>> StatementsOf(ReadTx& tx, const std::string& incident) {
  std::vector<v1::Statement> statements;
  v1::Statement scratch;
  RC_RETURN_IF_ERROR(StatementTable().List(tx, incident, "", kNewest, &scratch,
                                           [&](const Message& record) -> absl::StatusOr<bool> {
                                             statements.emplace_back().CopyFrom(record);
                                             return true;
                                           }));
  std::sort(statements.begin(), statements.end(), [](const auto& a, const auto& b) {
    return StatementNumber(a.name()) < StatementNumber(b.name());
  });
  return statements;
}

// What statements say is of one vendor's shares and products.
absl::Status CheckSameVendor(ReadTx& tx, const v1::Incident& before, const v1::Incident& incident) {
  if (before.vendor() == incident.vendor()) return absl::OkStatus();
  RC_ASSIGN_OR_RETURN(const std::vector<v1::Statement> statements,
                      StatementsOf(tx, incident.name()));
  if (statements.empty()) return absl::OkStatus();
  return InvalidField(
      "incident.vendor",
      absl::StrCat("cannot change any more: ", statements.back().name(), " speaks of ",
                   before.vendor(), "; report another incident for the other vendor"));
}

absl::Status CheckIncident(ReadTx& tx, const Message* before, Message* record) {
  const auto& incident = dynamic_cast<const v1::Incident&>(*record);
  RC_RETURN_IF_ERROR(
      registry::RequireRecord(tx, VendorTable(), incident.vendor(), "incident.vendor"));
  if (before != nullptr) {
    RC_RETURN_IF_ERROR(CheckSameVendor(tx, dynamic_cast<const v1::Incident&>(*before), incident));
  }
  if (incident.has_window_start_date() && incident.has_window_end_date() &&
      ToCivilDay(incident.window_end_date()) < ToCivilDay(incident.window_start_date())) {
    return InvalidField("incident.window_end_date",
                        "is before window_start_date: the window ends before it starts");
  }
  RC_RETURN_IF_ERROR(CheckOrder(incident, v1::START_EVENT_VENDOR_LEARNED, "vendor_learned_date",
                                v1::START_EVENT_VENDOR_CONFIRMED, "vendor_confirmed_date"));
  RC_RETURN_IF_ERROR(CheckOrder(incident, v1::START_EVENT_VENDOR_LEARNED, "vendor_learned_date",
                                v1::START_EVENT_VENDOR_NOTICE_DATED, "vendor_notice_date"));
  RC_RETURN_IF_ERROR(CheckOrder(incident, v1::START_EVENT_VENDOR_NOTICE_DATED, "vendor_notice_date",
                                v1::START_EVENT_DISTRICT_RECEIVED, "district_received_date"));
  return CheckOrder(incident, v1::START_EVENT_VENDOR_LEARNED, "vendor_learned_date",
                    v1::START_EVENT_DISTRICT_RECEIVED, "district_received_date");
}

absl::Status DecorateIncident(ReadTx& tx, absl::CivilDay today, Message* record) {
  auto& incident = dynamic_cast<v1::Incident&>(*record);
  RC_ASSIGN_OR_RETURN(const std::vector<v1::Statement> statements,
                      StatementsOf(tx, incident.name()));
  if (!statements.empty()) incident.set_latest_statement(statements.back().name());
  const auto begin = EventDay(incident, v1::START_EVENT_INCIDENT);
  const auto received = EventDay(incident, v1::START_EVENT_DISTRICT_RECEIVED);
  incident.set_days_to_notice(begin && received ? static_cast<int>(*received - *begin) : -1);
  return AddVendorDuties(tx, today, &incident);
}

bool MatchesIncident(const Message& request, const Message& record) {
  const auto& list = dynamic_cast<const v1::ListIncidentsRequest&>(request);
  return list.vendor().empty() ||
         list.vendor() == dynamic_cast<const v1::Incident&>(record).vendor();
}

absl::Status CheckElements(ReadTx& tx,
                           const google::protobuf::RepeatedPtrField<std::string>& elements,
                           const std::string& field, std::set<std::string>* known) {
  for (int i = 0; i < elements.size(); ++i) {
    if (known->count(elements[i]) > 0) continue;
    RC_RETURN_IF_ERROR(registry::RequireRecord(tx, DataElementTable(), elements[i],
                                               absl::StrCat(field, "[", i, "]")));
    known->insert(elements[i]);
  }
  return absl::OkStatus();
}

absl::Status CheckStatement(ReadTx& tx, const v1::Incident& incident,
                            const v1::Statement& statement, std::set<std::string>* elements) {
  for (int i = 0; i < statement.products_size(); ++i) {
    const std::string field = absl::StrCat("statement.products[", i, "]");
    if (ParentName(statement.products(i)) != incident.vendor()) {
      return InvalidField(field, absl::StrCat("is not a product of ", incident.vendor()));
    }
    RC_RETURN_IF_ERROR(registry::RequireRecord(tx, ProductTable(), statement.products(i), field));
  }
  for (int i = 0; i < statement.shares_size(); ++i) {
    const std::string field = absl::StrCat("statement.shares[", i, "]");
    if (ParentName(statement.shares(i)) != incident.vendor()) {
      return InvalidField(field, absl::StrCat("is not a share of ", incident.vendor()));
    }
    RC_RETURN_IF_ERROR(registry::RequireRecord(tx, ShareTable(), statement.shares(i), field));
  }
  RC_RETURN_IF_ERROR(
      CheckElements(tx, statement.data_elements(), "statement.data_elements", elements));
  for (int i = 0; i < statement.school_years_size(); ++i) {
    if (statement.school_years(i) < 1901 || statement.school_years(i) > 2200) {
      return InvalidField(absl::StrCat("statement.school_years[", i, "]"),
                          "must be the year in which the school year ends, such as 2018");
    }
  }
  if (statement.list_subject() == v1::SUBJECT_KIND_GUARDIAN) {
    return InvalidField("statement.list_subject", "must be students or staff");
  }
  if (!statement.document().empty()) {
    RC_RETURN_IF_ERROR(
        registry::RequireRecord(tx, DocumentTable(), statement.document(), "statement.document"));
  }
  return absl::OkStatus();
}

// Counts whom the list names, as of this transaction.
absl::Status CountList(WriteTx& tx, v1::Statement* statement) {
  std::vector<std::int64_t> people;
  std::int64_t unmatched = 0;
  std::int64_t ambiguous = 0;
  std::int64_t last_position = 0;
  bool counted_ambiguous = false;
  RC_RETURN_IF_ERROR(ForEachEntryMatch(tx, statement->name(), statement->list_id_kind(),
                                       statement->list_subject(), kNewest,
                                       [&](const EntryMatch& match) -> absl::Status {
                                         const bool again = match.position == last_position;
                                         if (!again) counted_ambiguous = false;
                                         if (again && !counted_ambiguous) {
                                           ++ambiguous;
                                           counted_ambiguous = true;
                                         }
                                         last_position = match.position;
                                         if (match.person_id == 0) {
                                           ++unmatched;
                                         } else {
                                           people.push_back(match.person_id);
                                         }
                                         return absl::OkStatus();
                                       }));
  std::sort(people.begin(), people.end());
  const auto distinct = std::unique(people.begin(), people.end()) - people.begin();
  statement->set_list_people(distinct);
  statement->set_list_unmatched(unmatched);
  statement->set_list_ambiguous(ambiguous);
  RC_ASSIGN_OR_RETURN(const std::int64_t repeated, CountRepeatedEntries(tx, statement->name()));
  statement->set_list_repeated(repeated);
  return absl::OkStatus();
}

}  // namespace

std::optional<absl::CivilDay> EventDay(const v1::Incident& incident, v1::StartEvent event) {
  const auto day = [](bool set, const google::type::Date& date) -> std::optional<absl::CivilDay> {
    if (!set) return std::nullopt;
    return ToCivilDay(date);
  };
  switch (event) {
    case v1::START_EVENT_INCIDENT:
      return day(incident.has_window_start_date(), incident.window_start_date());
    case v1::START_EVENT_VENDOR_LEARNED:
      return day(incident.has_vendor_learned_date(), incident.vendor_learned_date());
    case v1::START_EVENT_VENDOR_CONFIRMED:
      return day(incident.has_vendor_confirmed_date(), incident.vendor_confirmed_date());
    case v1::START_EVENT_VENDOR_NOTICE_DATED:
      return day(incident.has_vendor_notice_date(), incident.vendor_notice_date());
    case v1::START_EVENT_DISTRICT_RECEIVED:
      return day(incident.has_district_received_date(), incident.district_received_date());
    case v1::START_EVENT_DISTRICT_DETERMINED:
      return day(incident.has_district_determined_date(), incident.district_determined_date());
    case v1::START_EVENT_DISTRICT_RECEIVED_OR_DETERMINED: {
      const auto received = EventDay(incident, v1::START_EVENT_DISTRICT_RECEIVED);
      const auto determined = EventDay(incident, v1::START_EVENT_DISTRICT_DETERMINED);
      if (received && determined) return std::min(*received, *determined);
      return received ? received : determined;
    }
    default:
      return std::nullopt;
  }
}

const registry::Collection& Incidents() {
  static const registry::Collection collection = {.table = &IncidentTable(),
                                                  .pattern = "incidents/{incident}",
                                                  .check = CheckIncident,
                                                  .decorate = DecorateIncident,
                                                  .matches = MatchesIncident};
  return collection;
}

const registry::Collection& Statements() {
  static const registry::Collection collection = {
      .table = &StatementTable(),
      .pattern = "incidents/{incident}/statements/{statement}",
      .parent_table = &IncidentTable()};
  return collection;
}

int StatementNumber(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  int number = 0;
  if (slash == std::string_view::npos ||
      !absl::SimpleAtoi(ToAbsl(name.substr(slash + 1)), &number) || number < 1) {
    return 0;
  }
  return number;
}

NextEntry EntriesOf(const v1::CreateStatementRequest& request) {
  return [&request, next = 0](v1::StatementEntry* entry) mutable -> absl::StatusOr<bool> {
    if (next >= request.entries_size()) return false;
    *entry = request.entries(next++);
    return true;
  };
}

absl::Status CreateStatement(WriteTx& tx, const v1::CreateStatementRequest& request,
                             const NextEntry& next, v1::Statement* response) {
  RC_RETURN_IF_ERROR(registry::CheckName(Incidents(), request.parent(), "parent"));
  v1::Incident incident;
  RC_RETURN_IF_ERROR(IncidentTable().Get(tx, request.parent(), kNewest, &incident));
  *response = request.statement();
  registry::ClearOutputOnly(response);
  std::set<std::string> elements;
  RC_RETURN_IF_ERROR(CheckStatement(tx, incident, *response, &elements));

  RC_ASSIGN_OR_RETURN(const std::vector<v1::Statement> earlier, StatementsOf(tx, incident.name()));
  const int number = earlier.empty() ? 1 : StatementNumber(earlier.back().name()) + 1;
  response->set_name(absl::StrCat(incident.name(), "/statements/", number));
  // The record comes first, so that the entries' foreign key finds its name.
  RC_RETURN_IF_ERROR(StatementTable().Insert(tx, response));

  std::int64_t position = 0;
  v1::StatementEntry entry;
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, next(&entry));
    if (!more) break;
    ++position;
    const std::string field = absl::StrCat("entries[", position - 1, "]");
    entry.set_id(std::string(absl::StripAsciiWhitespace(entry.id())));
    if (entry.id().empty()) return InvalidField(field + ".id", "is empty");
    if (entry.id().size() > 256) return InvalidField(field + ".id", "is longer than 256 bytes");
    RC_RETURN_IF_ERROR(
        CheckElements(tx, entry.data_elements(), field + ".data_elements", &elements));
    RC_RETURN_IF_ERROR(InsertStatementEntry(tx, response->name(), position, entry));
  }
  if (position == 0 && response->list_use() != v1::LIST_USE_UNSPECIFIED) {
    return InvalidField("statement.list_use", "is set but no list is attached");
  }
  response->set_list_entries(position);
  if (position > 0) RC_RETURN_IF_ERROR(CountList(tx, response));
  return StatementTable().Replace(tx, response);
}

absl::Status ListStatements(ReadTx& tx, const v1::ListStatementsRequest& request,
                            v1::ListStatementsResponse* response) {
  RC_RETURN_IF_ERROR(registry::CheckName(Incidents(), request.parent(), "parent"));
  v1::Incident incident;
  RC_RETURN_IF_ERROR(IncidentTable().Get(tx, request.parent(), kNewest, &incident));
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  RC_ASSIGN_OR_RETURN(const std::vector<v1::Statement> all, StatementsOf(tx, request.parent()));
  const int page_size = registry::PageSize(request);
  for (const v1::Statement& statement : all) {
    if (!position.key.empty() &&
        StatementNumber(statement.name()) <= StatementNumber(position.key)) {
      continue;
    }
    if (response->statements_size() == page_size) {
      response->set_next_page_token(
          registry::MakePageToken(request, {response->statements(page_size - 1).name(), 0}));
      break;
    }
    *response->add_statements() = statement;
  }
  return absl::OkStatus();
}

absl::Status ListUnmatchedEntries(ReadTx& tx, const v1::ListUnmatchedEntriesRequest& request,
                                  v1::ListUnmatchedEntriesResponse* response) {
  RC_RETURN_IF_ERROR(registry::CheckName(Statements(), request.parent(), "parent"));
  v1::Statement statement;
  RC_RETURN_IF_ERROR(StatementTable().Get(tx, request.parent(), kNewest, &statement));
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  std::int64_t after = 0;
  if (!position.key.empty() && !absl::SimpleAtoi(position.key, &after)) {
    return InvalidField("page_token", "cannot be read; start again without a token");
  }
  const int page_size = registry::PageSize(request);
  return ForEachUnmatchedEntry(
      tx, statement.name(), statement.list_id_kind(), statement.list_subject(), after,
      [&](std::int64_t place, std::string_view id) -> absl::StatusOr<bool> {
        if (response->entries_size() == page_size) {
          response->set_next_page_token(registry::MakePageToken(
              request, {absl::StrCat(response->entries(page_size - 1).position()), 0}));
          return false;
        }
        v1::UnmatchedEntry* entry = response->add_entries();
        entry->set_position(place);
        entry->set_id(std::string(id));
        return true;
      });
}

}  // namespace rollcall::casework
