// A full record of every collection, made by reflection so that no field is forgotten.

#ifndef ROLLCALL_TESTS_CONFORMANCE_SAMPLE_RECORDS_H_
#define ROLLCALL_TESTS_CONFORMANCE_SAMPLE_RECORDS_H_

#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "storage/record_table.h"

namespace rollcall::testing {

// One collection of the register.
struct SampleTable {
  const RecordTable* table;
  std::string name;  // Of the sample record.
  // Fields that follow from other records and are computed when a record is read.
  std::vector<std::string> derived;
};

// All collections.
const std::vector<SampleTable>& SampleTables();

// A record with a value in every field that is stored. References name `vendors/base`. Records
// of different variants differ in every field that can hold more than one value.
std::unique_ptr<google::protobuf::Message> FullRecord(const SampleTable& sample, int variant);

// A record with nothing but what the database insists on.
std::unique_ptr<google::protobuf::Message> BareRecord(const SampleTable& sample);

// Removes what a write fills in: etag, times, revision.
void ClearTail(google::protobuf::Message* record);

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_CONFORMANCE_SAMPLE_RECORDS_H_
