#include "client/cli/audit_commands.h"

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/answer_writer.h"
#include "client/cli/audit_source.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/local_file.h"
#include "client/cli/text_table.h"
#include "server/audit/entry.h"
#include "server/audit/hash.h"
#include "server/audit/log_check.h"
#include "server/audit/merkle_tree.h"

namespace rollcall::cli {
namespace {

std::string Text(const absl::Status& status) { return std::string(status.message()); }

struct ExportOptions {
  std::string out_file;
};

// One message of the stream as lines of a copy.
absl::Status WriteLines(const v1::StreamAuditEntriesResponse& response, std::ostream& out) {
  if (!response.damage().empty()) return absl::DataLossError(response.damage());
  for (const v1::AuditRecord& record : response.records()) {
    out << audit::EntryLine(record.entry());
  }
  if (!response.checkpoint().empty()) out << audit::CheckpointLine(response.checkpoint());
  return out ? absl::OkStatus() : absl::ResourceExhaustedError("the output cannot be written");
}

// The key of a log of so many entries, if `note`, with which its stream ended, is a checkpoint of
// that key over all of them.
absl::StatusOr<audit::NoteKey> KeyOfWholeLog(const std::string& key_line, const std::string& note,
                                             std::int64_t entries) {
  if (note.empty()) {
    return absl::DataLossError(
        absl::StrCat("the log ended without its last checkpoint after ", entries, " entries"));
  }
  absl::StatusOr<audit::NoteKey> key = audit::ParseVerifierLine(key_line);
  if (!key.ok()) return key;
  const absl::StatusOr<audit::Checkpoint> head = audit::OpenCheckpoint(note, *key);
  if (!head.ok()) return head.status();
  if (head->size != static_cast<std::uint64_t>(entries)) {
    return absl::DataLossError(absl::StrCat("the last checkpoint covers ", head->size,
                                            " entries, but ", entries, " came"));
  }
  return key;
}

ExitCode Export(const CommandContext& context, const ExportOptions& options) {
  WholeFile file(options.out_file);
  if (!options.out_file.empty()) {
    const absl::Status opened = file.Open();
    if (!opened.ok()) return ReportFile(context, Text(opened));
  }
  std::ostream& out = options.out_file.empty() ? context.io.out : file.stream();
  std::int64_t entries = 0;
  std::string key_line;
  std::string last_note;
  out << audit::kCopyHeader << "\n";
  grpc::Status call;
  const absl::Status taken = StreamLog(
      context,
      [&](const v1::StreamAuditEntriesResponse& response) {
        entries += response.records_size();
        if (!response.verifier_key().empty()) key_line = response.verifier_key();
        last_note = response.checkpoint();
        return WriteLines(response, out);
      },
      &call);
  if (absl::IsDataLoss(taken)) return ReportIncomplete(context, Text(taken));
  if (!taken.ok()) return ReportFile(context, Text(taken));
  if (!call.ok()) return ReportCall(context, call, "");
  const absl::StatusOr<audit::NoteKey> key = KeyOfWholeLog(key_line, last_note, entries);
  if (!key.ok()) return ReportIncomplete(context, Text(key.status()));
  if (!options.out_file.empty()) {
    const absl::Status finished = file.Finish();
    if (!finished.ok()) return ReportFile(context, Text(finished));
  }
  context.io.err << "Complete: " << Grouped(entries) << " entries, signed by "
                 << audit::VerifierLine(*key) << "\n";
  return ExitCode::kOk;
}

struct VerifyOptions {
  std::string file;
  std::string public_key;
  std::string witness;
  bool witness_append = false;
};

// What a check needs to know before it reads the log.
struct Expectation {
  audit::NoteKey key;
  std::vector<audit::Checkpoint> witnessed;
};

// Errors: NotFound if the file cannot be read to its end; DataLoss if the log is not whole.
absl::StatusOr<audit::Checkpoint> CheckFile(const std::string& path, const Expectation& expectation,
                                            std::string* note) {
  absl::StatusOr<std::ifstream> file = OpenToRead(path);
  if (!file.ok()) return file.status();
  audit::CopyChecker checker(expectation.key, expectation.witnessed);
  std::string line;
  while (std::getline(*file, line)) {
    if (file->eof()) return absl::DataLossError("the last line of the copy is not ended");
    const absl::Status status = checker.AddLine(line);
    if (!status.ok()) return status;
    if (line.rfind("= ", 0) == 0) audit::FromBase64(line.substr(2), note);
  }
  if (file->bad()) return absl::NotFoundError(absl::StrCat(path, " cannot be read to its end"));
  return checker.Finish();
}

absl::StatusOr<audit::Checkpoint> CheckServer(const CommandContext& context,
                                              const Expectation& expectation, std::string* note,
                                              grpc::Status* call) {
  audit::LogChecker checker(expectation.key, expectation.witnessed);
  const absl::Status taken = StreamLog(
      context,
      [&](const v1::StreamAuditEntriesResponse& response) -> absl::Status {
        if (!response.damage().empty()) return absl::DataLossError(response.damage());
        for (const v1::AuditRecord& record : response.records()) {
          const absl::Status added =
              checker.AddEntry(record.entry(), audit::FromBytes(record.leaf_hash()));
          if (!added.ok()) return added;
        }
        if (response.checkpoint().empty()) return absl::OkStatus();
        *note = response.checkpoint();
        return checker.AddCheckpoint(*note);
      },
      call);
  if (!taken.ok()) return taken;
  if (!call->ok()) return absl::UnavailableError("the stream broke off");
  return checker.Finish();
}

ExitCode Verify(const CommandContext& context, const VerifyOptions& options) {
  Expectation expectation;
  grpc::Status call;
  if (options.public_key.empty()) {
    if (!options.file.empty()) {
      return ReportUsage(context,
                         "whose signature must a copy carry? Give --public-key, the line that "
                         "'rollcall audit checkpoint' shows as its verifier key");
    }
    auto key = KeyOfServer(context, &call);
    if (!call.ok()) return ReportCall(context, call, "");
    if (!key.ok()) return ReportNotProven(context, Text(key.status()));
    expectation.key = *std::move(key);
  } else {
    auto key = NamedKey(options.public_key);
    if (!key.ok()) return ReportUsage(context, Text(key.status()));
    expectation.key = *std::move(key);
  }
  if (options.witness_append && options.witness.empty()) {
    return ReportUsage(context, "--witness-append needs --witness FILE");
  }
  if (!options.witness.empty()) {
    auto witnessed = ReadWitness(options.witness, expectation.key, options.witness_append);
    if (absl::IsNotFound(witnessed.status())) return ReportFile(context, Text(witnessed.status()));
    if (!witnessed.ok()) return ReportNotProven(context, Text(witnessed.status()));
    expectation.witnessed = *std::move(witnessed);
  }
  const std::size_t witnesses = expectation.witnessed.size();

  std::string note;
  const absl::StatusOr<audit::Checkpoint> head =
      options.file.empty() ? CheckServer(context, expectation, &note, &call)
                           : CheckFile(options.file, expectation, &note);
  if (absl::IsNotFound(head.status())) return ReportFile(context, Text(head.status()));
  if (absl::IsUnavailable(head.status())) return ReportCall(context, call, "");
  if (!head.ok()) return ReportNotProven(context, Text(head.status()));
  if (options.witness_append) {
    const absl::Status appended = AppendWitness(options.witness, note);
    if (!appended.ok()) return ReportFile(context, Text(appended));
  }
  context.io.out << "OK        the log is whole\nLog       " << head->origin << "\nEntries   "
                 << Grouped(static_cast<std::int64_t>(head->size)) << "\nRoot      "
                 << audit::Base64(audit::Bytes(head->root)) << "\nSigned by "
                 << audit::VerifierLine(expectation.key) << "\nWitnessed "
                 << Grouped(static_cast<std::int64_t>(witnesses)) << " earlier checkpoints hold\n";
  if (options.public_key.empty()) {
    context.io.err << "The key is the one that the server named. Give the one you kept with "
                      "--public-key.\n";
  }
  return ExitCode::kOk;
}

// The checkpoint under which `entry` is proven to stand at the proof's index, and to say so itself.
absl::StatusOr<audit::Checkpoint> CheckEntryProof(const audit::EntryProof& proof,
                                                  const std::string& entry,
                                                  const audit::NoteKey& key) {
  absl::StatusOr<audit::Checkpoint> head = audit::CheckProof(proof, entry, key);
  if (!head.ok()) return head;
  const absl::StatusOr<std::uint64_t> index = audit::EntryIndex(entry);
  if (!index.ok()) {
    return absl::DataLossError(absl::StrCat("the entry is bad: ", Text(index.status())));
  }
  if (*index != proof.index) {
    return absl::DataLossError(
        absl::StrCat("entry ", *index, " stands in the place of entry ", proof.index));
  }
  return head;
}

struct ProveOptions {
  std::int64_t index = 0;
  std::string out_file;
  std::string entry_file;
};

ExitCode Prove(const CommandContext& context, const ProveOptions& options) {
  v1::GetInclusionProofRequest request;
  request.set_index(options.index);
  v1::InclusionProof answer;
  Connection connection(context.options);
  const grpc::Status call = connection.Call(MethodNamed("GetInclusionProof"), request, &answer);
  if (!call.ok()) return ReportCall(context, call, "");
  // What the server says is not handed on before it was checked.
  const auto key = audit::ParseVerifierLine(answer.verifier_key());
  const auto proof = audit::ParseProofText(answer.proof());
  if (!key.ok()) return ReportNotProven(context, Text(key.status()));
  if (!proof.ok()) return ReportNotProven(context, Text(proof.status()));
  if (proof->index != static_cast<std::uint64_t>(options.index)) {
    return ReportNotProven(context, absl::StrCat("the proof that came is of entry ", proof->index));
  }
  const auto head = CheckEntryProof(*proof, answer.entry(), *key);
  if (!head.ok()) return ReportNotProven(context, Text(head.status()));
  absl::Status written;
  if (!options.entry_file.empty()) written = WriteWholeFile(options.entry_file, answer.entry());
  if (written.ok() && !options.out_file.empty()) {
    written = WriteWholeFile(options.out_file, answer.proof());
  }
  if (!written.ok()) return ReportFile(context, Text(written));
  if (options.out_file.empty()) context.io.out << ManyLines(answer.proof());
  context.io.err << "Entry " << options.index << " is one of " << head->size << ", signed by "
                 << answer.verifier_key() << "\n";
  return ExitCode::kOk;
}

struct CheckOptions {
  std::string proof_file;
  std::string entry_file;
  std::string public_key;
};

ExitCode CheckProofFile(const CommandContext& context, const CheckOptions& options) {
  const auto key = NamedKey(options.public_key);
  if (!key.ok()) return ReportUsage(context, Text(key.status()));
  const auto text = ReadWholeFile(options.proof_file);
  if (!text.ok()) return ReportFile(context, Text(text.status()));
  const auto entry = ReadWholeFile(options.entry_file);
  if (!entry.ok()) return ReportFile(context, Text(entry.status()));
  const auto proof = audit::ParseProofText(*text);
  if (!proof.ok()) return ReportNotProven(context, Text(proof.status()));
  const auto head = CheckEntryProof(*proof, *entry, *key);
  if (!head.ok()) return ReportNotProven(context, Text(head.status()));
  context.io.out << "OK        entry " << proof->index << " is in the log\nLog       "
                 << head->origin << "\nEntries   " << Grouped(static_cast<std::int64_t>(head->size))
                 << "\n";
  return ExitCode::kOk;
}

struct ConsistencyOptions {
  std::int64_t old_size = 0;
  std::int64_t size = 0;
  std::string public_key;
};

// The server's checkpoint over `size` entries, or its newest if that is 0. `*key` becomes the
// server's own word if it is not set.
absl::StatusOr<audit::Checkpoint> HeadOfServer(Connection* connection, std::int64_t size,
                                               std::optional<audit::NoteKey>* key,
                                               grpc::Status* call) {
  v1::GetAuditCheckpointRequest request;
  request.set_tree_size(size);
  v1::AuditCheckpoint answer;
  *call = connection->Call(MethodNamed("GetAuditCheckpoint"), request, &answer);
  if (!call->ok()) return absl::UnavailableError("the server gave no checkpoint");
  if (!key->has_value()) {
    absl::StatusOr<audit::NoteKey> named = audit::ParseVerifierLine(answer.verifier_key());
    if (!named.ok()) return named.status();
    *key = *std::move(named);
  }
  absl::StatusOr<audit::Checkpoint> head = audit::OpenCheckpoint(answer.note(), **key);
  if (head.ok() && size != 0 && head->size != static_cast<std::uint64_t>(size)) {
    return absl::DataLossError(absl::StrCat("no checkpoint covers exactly ", size,
                                            " entries; the newest before covers ", head->size));
  }
  return head;
}

absl::Status CheckConsistencyProof(const v1::ConsistencyProof& proof,
                                   const audit::Checkpoint& old_head,
                                   const audit::Checkpoint& head) {
  if (static_cast<std::uint64_t>(proof.old_size()) != old_head.size ||
      static_cast<std::uint64_t>(proof.tree_size()) != head.size) {
    return absl::DataLossError("the proof that came is of other sizes");
  }
  std::vector<audit::Hash> hashes;
  for (const std::string& hash : proof.hashes()) hashes.push_back(audit::FromBytes(hash));
  return audit::CheckConsistency(old_head.size, head.size, old_head.root, head.root, hashes);
}

ExitCode Consistency(const CommandContext& context, const ConsistencyOptions& options) {
  std::optional<audit::NoteKey> key;
  if (!options.public_key.empty()) {
    auto named = NamedKey(options.public_key);
    if (!named.ok()) return ReportUsage(context, Text(named.status()));
    key = *std::move(named);
  }
  Connection connection(context.options);
  grpc::Status call;
  const auto old_head = HeadOfServer(&connection, options.old_size, &key, &call);
  if (!call.ok()) return ReportCall(context, call, "");
  if (!old_head.ok()) return ReportNotProven(context, Text(old_head.status()));
  const auto head = HeadOfServer(&connection, options.size, &key, &call);
  if (!call.ok()) return ReportCall(context, call, "");
  if (!head.ok()) return ReportNotProven(context, Text(head.status()));
  v1::GetConsistencyProofRequest request;
  request.set_old_size(options.old_size);
  request.set_tree_size(static_cast<std::int64_t>(head->size));
  v1::ConsistencyProof proof;
  call = connection.Call(MethodNamed("GetConsistencyProof"), request, &proof);
  if (!call.ok()) return ReportCall(context, call, "");
  const absl::Status holds = CheckConsistencyProof(proof, *old_head, *head);
  if (!holds.ok()) return ReportNotProven(context, Text(holds));
  WriteAnswer(context, proof);
  context.io.err << "The log of " << old_head->size << " entries is the beginning of that of "
                 << head->size << ", signed by " << audit::VerifierLine(*key) << "\n";
  return ExitCode::kOk;
}

void AddExport(CommandTree* tree) {
  CLI::App* command = tree->Add("audit", "export",
                                "Writes a copy of the whole log, to be kept and checked elsewhere; "
                                "docs/audit-log-format.md has its form");
  const auto options = tree->Keep(std::make_shared<ExportOptions>());
  command->add_option("--out", options->out_file, "File for the copy, instead of the output")
      ->type_name("FILE");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Export(context, *options); });
}

void AddVerify(CommandTree* tree) {
  CLI::App* command =
      tree->Add("audit", "verify",
                "Checks the log from its first entry to its last, of the server or of "
                "a copy; exit code 10 if it is not whole");
  const auto options = tree->Keep(std::make_shared<VerifyOptions>());
  command->add_option("--file", options->file, "A copy that 'audit export' wrote; needs no server")
      ->type_name("FILE");
  command
      ->add_option("--public-key", options->public_key,
                   "Who must have signed it: the line of the key, or a file with it")
      ->type_name("KEY");
  command
      ->add_option("--witness", options->witness,
                   "File with checkpoints that were kept; each of them must hold, which shows "
                   "a log that was cut or written anew")
      ->type_name("FILE");
  command->add_flag("--witness-append", options->witness_append,
                    "Add the newest checkpoint to that file once all is checked");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Verify(context, *options); });
}

void AddProve(CommandTree* tree) {
  CLI::App* command =
      tree->Add("audit", "prove",
                "Writes the proof that one entry is in the log, as text that anybody "
                "can check without the server");
  const auto options = tree->Keep(std::make_shared<ProveOptions>());
  command->add_option("index", options->index, "The entry's index, from 0")
      ->required()
      ->check(CLI::NonNegativeNumber)
      ->type_name("INDEX");
  command->add_option("--out", options->out_file, "File for the proof, instead of the output")
      ->type_name("FILE");
  command
      ->add_option("--entry", options->entry_file,
                   "File for the bytes of the entry, which whoever checks the proof needs too")
      ->type_name("FILE");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Prove(context, *options); });
}

void AddCheckProof(CommandTree* tree) {
  CLI::App* command = tree->Add("audit", "check-proof",
                                "Checks the proof of an entry; needs no server, exit code 10 if it "
                                "does not hold");
  const auto options = tree->Keep(std::make_shared<CheckOptions>());
  command->add_option("file", options->proof_file, "File with the proof")
      ->required()
      ->type_name("FILE");
  command->add_option("--entry", options->entry_file, "File with the bytes of the entry")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--public-key", options->public_key,
                   "Who must have signed the log: the line of the key, or a file with it")
      ->required()
      ->type_name("KEY");
  tree->OnRun(command, [options](const CommandContext& context) {
    return CheckProofFile(context, *options);
  });
}

void AddConsistency(CommandTree* tree) {
  CLI::App* command =
      tree->Add("audit", "consistency",
                "Checks that the log of an earlier checkpoint is the beginning of a later one, and "
                "shows the proof; exit code 10 if it does not hold");
  const auto options = tree->Keep(std::make_shared<ConsistencyOptions>());
  command->add_option("--old-size", options->old_size, "How many entries the earlier one covers")
      ->required()
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--tree-size", options->size,
                   "How many the later one covers; without it that of the newest")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--public-key", options->public_key,
                   "Who must have signed both: the line of the key, or a file with it")
      ->type_name("KEY");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Consistency(context, *options); });
}

}  // namespace

void AddAuditCommands(CommandTree* tree) {
  AddExport(tree);
  AddVerify(tree);
  AddProve(tree);
  AddCheckProof(tree);
  AddConsistency(tree);
}

}  // namespace rollcall::cli
