#include "client/cli/exposure_verify.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cli/answer_writer.h"
#include "client/cli/error_report.h"
#include "client/cli/exposure_proof.h"
#include "client/cli/local_file.h"
#include "client/cli/text_table.h"

namespace rollcall::cli {
namespace {

struct Options {
  std::string file;
  std::string digest;
};

void Write(const CommandContext& context, const v1::ExposureProof& proof, bool compared) {
  if (context.options.output == OutputFormat::kJson) {
    context.io.out << JsonText(proof, true) << "\n";
  } else {
    context.io.out << "OK        people/" << proof.person() << " is in the exposure\n"
                   << "Digest    " << OneLine(proof.digest()) << "\nPeople    "
                   << Grouped(proof.people()) << "\nFields    " << Grouped(proof.cells()) << "\n";
    for (const v1::ProvenElement& element : proof.elements()) {
      context.io.out << "Element   " << OneLine(element.id())
                     << (element.certainty() == v1::CERTAINTY_CONFIRMED ? "  confirmed\n"
                                                                        : "  believed\n");
    }
  }
  if (!compared) {
    context.io.err << "The proof holds for this digest. It proves something only if the digest is\n"
                      "the one that was published: compare it, or give it with --digest.\n";
  }
}

ExitCode Verify(const CommandContext& context, const Options& options) {
  const absl::StatusOr<std::string> text = ReadWholeFile(options.file);
  if (!text.ok()) return ReportFile(context, std::string(text.status().message()));
  const absl::StatusOr<v1::ExposureProof> proof = ParseProof(*text);
  if (!proof.ok()) return ReportUsage(context, std::string(proof.status().message()));
  if (const absl::Status holds = CheckProof(*proof); !holds.ok()) {
    return ReportNotProven(context, std::string(holds.message()));
  }
  if (!options.digest.empty() && options.digest != proof->digest()) {
    return ReportNotProven(context, absl::StrCat("it is a proof for the digest ", proof->digest(),
                                                 ", not for the one given"));
  }
  Write(context, *proof, !options.digest.empty());
  return ExitCode::kOk;
}

}  // namespace

void AddExposureVerify(CommandTree* tree) {
  CLI::App* command = tree->Add("exposure", "verify",
                                "Checks the text of a proof; needs no server, "
                                "exit code 10 if it does not hold");
  const auto options = tree->Keep(std::make_shared<Options>());
  command->add_option("file", options->file, "File with the text that 'exposure prove' printed")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--digest", options->digest,
                   "The digest that was published, 64 hexadecimal digits; "
                   "the proof must be for this one")
      ->type_name("HEX");
  tree->OnRun(
      command, [options](const CommandContext& context) { return Verify(context, *options); },
      Needs::kNoToken);
}

}  // namespace rollcall::cli
