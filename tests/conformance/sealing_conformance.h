// A register with something in every sealed column, for the tests of sealing.

#ifndef ROLLCALL_TESTS_CONFORMANCE_SEALING_CONFORMANCE_H_
#define ROLLCALL_TESTS_CONFORMANCE_SEALING_CONFORMANCE_H_

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "storage/roster_store.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {

// Two versions of Ana (person 1), Ben far from her in another chunk of keys, a program and an
// address of both, a vendor's list, a transfer with an id of nobody, and an answer.
class SealingConformance : public StoreConformance {
 protected:
  static constexpr char kStatement[] = "incidents/base/statements/1";
  static constexpr char kTransfer[] = "vendors/base/transfers/a";
  static constexpr std::int64_t kFarPerson = 300;

  static PersonFact FactOf(std::int64_t person_id, const std::string& name);
  static absl::Status AddPerson(WriteTx& tx, std::int64_t person_id, const std::string& name);

  void Fill();

  // Everything that Fill() wrote reads as it was written.
  void ExpectWhole();

  std::string BlobAt(std::string_view select);

  // Puts a blob where it does not belong, behind the product's back.
  void Put(std::string_view update, std::string_view blob);

  // Flips a bit of every `step`th byte of a value, shortens and lengthens it, and expects each time
  // that reading fails, and that it succeeds with the value as it was.
  void ExpectEveryByteCounts(const std::string& table, const std::string& column,
                             const std::string& where,
                             absl::FunctionRef<absl::Status(ReadTx&)> read, std::size_t step = 1);

  static absl::Status ReadPerson(ReadTx& tx, std::int64_t person_id);
  static absl::Status ReadEntries(ReadTx& tx);

  std::int64_t newest_ = 0;  // The revision of the lists.
};

// The same, as the program before sealing left it.
class UpgradeConformance : public SealingConformance {
 protected:
  void FillPlain();
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_CONFORMANCE_SEALING_CONFORMANCE_H_
