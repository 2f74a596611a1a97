// The roster readers repeat the numbers of the API so that they need no proto.

#include "gtest/gtest.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/common.pb.h"
#include "server/roster/records.h"

namespace rollcall::roster {
namespace {

TEST(RosterFieldNumbers, AreThoseOfTheApi) {
  EXPECT_EQ(kFieldName, v1::ROSTER_FIELD_NAME + 0);
  EXPECT_EQ(kFieldBirthDate, v1::ROSTER_FIELD_BIRTH_DATE + 0);
  EXPECT_EQ(kFieldGender, v1::ROSTER_FIELD_GENDER + 0);
  EXPECT_EQ(kFieldDistrictId, v1::ROSTER_FIELD_DISTRICT_ID + 0);
  EXPECT_EQ(kFieldStateId, v1::ROSTER_FIELD_STATE_ID + 0);
  EXPECT_EQ(kFieldEmail, v1::ROSTER_FIELD_EMAIL + 0);
  EXPECT_EQ(kFieldPhone, v1::ROSTER_FIELD_PHONE + 0);
  EXPECT_EQ(kFieldAddress, v1::ROSTER_FIELD_ADDRESS + 0);
  EXPECT_EQ(kFieldGrade, v1::ROSTER_FIELD_GRADE + 0);
  EXPECT_EQ(kFieldSchool, v1::ROSTER_FIELD_SCHOOL + 0);
  EXPECT_EQ(kFieldLanguage, v1::ROSTER_FIELD_LANGUAGE + 0);
  EXPECT_EQ(kFieldRace, v1::ROSTER_FIELD_RACE + 0);
  EXPECT_EQ(kFieldUsername, v1::ROSTER_FIELD_USERNAME + 0);
  EXPECT_EQ(kFieldGuardianName, v1::ROSTER_FIELD_GUARDIAN_NAME + 0);
  EXPECT_EQ(kFieldGuardianEmail, v1::ROSTER_FIELD_GUARDIAN_EMAIL + 0);
  EXPECT_EQ(kFieldGuardianPhone, v1::ROSTER_FIELD_GUARDIAN_PHONE + 0);
  EXPECT_EQ(kFieldProgramId, v1::ROSTER_FIELD_PROGRAM_ID + 0);
  EXPECT_EQ(kFieldBirthPlace, v1::ROSTER_FIELD_BIRTH_PLACE + 0);
}

TEST(RosterFieldNumbers, AFieldThatTheApiGainsIsGivenToTheReadersToo) {
  EXPECT_EQ(v1::RosterField_MAX + 0, kFieldBirthPlace);
  EXPECT_EQ(v1::RosterField_descriptor()->value_count(), kFieldBirthPlace + 1);
  EXPECT_LT(v1::RosterField_MAX, 32) << "FieldMask has a bit for each field";
}

TEST(RosterFieldNumbers, KindsAreThoseOfTheApi) {
  EXPECT_EQ(static_cast<int>(Kind::kStudent), v1::SUBJECT_KIND_STUDENT + 0);
  EXPECT_EQ(static_cast<int>(Kind::kStaff), v1::SUBJECT_KIND_STAFF + 0);
  EXPECT_EQ(static_cast<int>(Kind::kGuardian), v1::SUBJECT_KIND_GUARDIAN + 0);
}

}  // namespace
}  // namespace rollcall::roster
