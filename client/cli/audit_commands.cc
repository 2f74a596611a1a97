#include "client/cli/audit_commands.h"

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/audit_source.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/text_table.h"
#include "client/cli/yaml_message.h"
#include "server/audit/hash.h"
#include "server/audit/log_check.h"

namespace rollcall::cli {
namespace {

std::string Text(const absl::Status& status) { return std::string(status.message()); }

// Writes a file that appears under its name only once it is whole. Nothing for an empty name.
class WholeFile {
 public:
  explicit WholeFile(std::string path) : path_(std::move(path)), partial_(path_ + ".partial") {
    if (!path_.empty()) file_.open(partial_, std::ios::binary | std::ios::trunc);
  }
  ~WholeFile() {
    if (!path_.empty() && !done_) std::remove(partial_.c_str());
  }
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  std::ostream& stream() { return file_; }
  bool Finish() {
    if (path_.empty()) return true;
    file_.close();
    done_ = file_ && std::rename(partial_.c_str(), path_.c_str()) == 0;
    return done_;
  }

 private:
  const std::string path_;
  const std::string partial_;
  std::ofstream file_;
  bool done_ = false;
};

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

ExitCode Export(const CommandContext& context, const ExportOptions& options) {
  WholeFile file(options.out_file);
  std::ostream& out = options.out_file.empty() ? context.io.out : file.stream();
  std::int64_t entries = 0;
  std::string key;
  out << audit::kCopyHeader << "\n";
  grpc::Status call;
  const absl::Status taken = StreamLog(
      context,
      [&](const v1::StreamAuditEntriesResponse& response) {
        entries += response.records_size();
        if (!response.verifier_key().empty()) key = response.verifier_key();
        return WriteLines(response, out);
      },
      &call);
  if (absl::IsDataLoss(taken)) return ReportIncomplete(context, Text(taken));
  if (!taken.ok()) return ReportFile(context, Text(taken));
  if (!call.ok()) return ReportCall(context, call, "");
  if (!file.Finish()) return ReportFile(context, absl::StrCat("cannot write ", options.out_file));
  context.io.err << "Complete: " << Grouped(entries) << " entries, signed by " << key << "\n";
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

absl::StatusOr<audit::Checkpoint> CheckFile(const std::string& path, const Expectation& expectation,
                                            std::string* note) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  audit::CopyChecker checker(expectation.key, expectation.witnessed);
  std::string line;
  while (std::getline(file, line)) {
    if (file.eof()) return absl::DataLossError("the last line of the copy is not ended");
    const absl::Status status = checker.AddLine(line);
    if (!status.ok()) return status;
    if (line.rfind("= ", 0) == 0) audit::FromBase64(line.substr(2), note);
  }
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
  const auto head = audit::CheckProof(*proof, answer.entry(), *key);
  if (!head.ok()) return ReportNotProven(context, Text(head.status()));
  WholeFile entry(options.entry_file);
  WholeFile text(options.out_file);
  if (!options.entry_file.empty()) entry.stream() << answer.entry();
  (options.out_file.empty() ? context.io.out : text.stream()) << answer.proof();
  if (!entry.Finish()) return ReportFile(context, "cannot write " + options.entry_file);
  if (!text.Finish()) return ReportFile(context, "cannot write " + options.out_file);
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
  const auto head = audit::CheckProof(*proof, *entry, *key);
  if (!head.ok()) return ReportNotProven(context, Text(head.status()));
  context.io.out << "OK        entry " << proof->index << " is in the log\nLog       "
                 << head->origin << "\nEntries   " << Grouped(static_cast<std::int64_t>(head->size))
                 << "\n";
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

}  // namespace

void AddAuditCommands(CommandTree* tree) {
  AddExport(tree);
  AddVerify(tree);
  AddProve(tree);
  AddCheckProof(tree);
}

}  // namespace rollcall::cli
