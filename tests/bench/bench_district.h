// The district of the benchmark: people, vendors and what each vendor is given, the same every
// time. One description serves the register and its peers.
//
// Students with about three school years each out of eight, one staff member in twenty; 650
// schools, 13 grades, 12 programs with dated spells; in 4 % of a student's years the student
// changes to another school and grade within the year. 200 elements, 1,500 vendors, 3,155 shares.
// Numbers of people follow no school and no year, as in a register that grew over years.

#ifndef ROLLCALL_TESTS_BENCH_BENCH_DISTRICT_H_
#define ROLLCALL_TESTS_BENCH_BENCH_DISTRICT_H_

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "rollcall/v1/catalog_service.pb.h"

namespace rollcall::bench {

inline constexpr int kFirstYear = 2019;  // The year in which the first school year ends.
inline constexpr int kYears = 8;
inline constexpr int kSchools = 650;
inline constexpr int kGrades = 13;    // 1 is KG, 13 is 12; staff have 0, none.
inline constexpr int kPrograms = 12;  // 1 to 12.
inline constexpr int kLanguages = 60;
inline constexpr int kElements = 200;
inline constexpr int kVendors = 1500;
inline constexpr int kShares = 3155;

// "Until further notice", as in the engine.
inline constexpr std::int32_t kOpen = std::numeric_limits<std::int32_t>::max();

// The day on which everything is asked, 2026-03-15.
inline constexpr int kTodayYear = 2026;
inline constexpr int kTodayMonth = 3;
inline constexpr int kTodayDay = 15;
std::int32_t Today();

struct Stay {
  int year = 0;    // In which the school year ends.
  int school = 0;  // From 0.
  int grade = 0;   // 0: none.
  std::int32_t first = 0;
  std::int32_t last = 0;  // kOpen if it goes on.
};

struct ProgramStay {
  int program = 0;  // From 1.
  std::int32_t first = 0;
  std::int32_t last = 0;
  bool with_id = false;
};

struct Person {
  std::int64_t id = 0;
  bool staff = false;
  bool current = false;
  std::string district_id;
  // Bits of rollcall.v1.RosterField: what the roster knows about and what has a value, with what
  // follows from the other facts.
  std::uint32_t known = 0;
  std::uint32_t populated = 0;
  int language = 0;         // 0: none.
  std::vector<Stay> stays;  // No two end on the same day.
  std::vector<ProgramStay> programs;

  const Stay& latest() const;
};

// Makes one person after the other.
class People {
 public:
  Person Next();

 private:
  int Draw(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  void AddYears(Person& person);
  void AddPrograms(Person& person);
  void AddFields(Person& person);

  std::mt19937_64 random_{20250208};
  std::int64_t id_ = 0;
};

struct ShareElement {
  int element = 0;    // Position in Elements().
  int condition = 0;  // A program, or 0.
};

struct Share {
  int vendor = 0;
  int number = 0;  // Within the vendor, from 0.
  bool staff = false;
  std::int32_t first = 0;
  std::int32_t last = kOpen;
  std::vector<int> years;
  std::vector<int> schools;
  std::vector<int> grades;
  std::vector<int> programs;
  std::vector<ShareElement> elements;
};

// The elements of the shipped catalogue and those that the district defined, in ascending order of
// name; kElements of them.
std::vector<v1::DataElement> Elements(const v1::CatalogFile& catalog);

// By vendor. Vendor 0 has the whole district: 3 shares, 40 elements, 11 conditions. Vendor 1 has
// one school in one year, vendor 2 has 2 x 50 schools in three years, vendor 3 all schools in four
// years for one program.
std::vector<Share> Shares(const std::vector<v1::DataElement>& elements);

// Names and words of the register.
std::string VendorName(int vendor);
std::string ShareName(const Share& share);
std::string SchoolName(int school);
std::string GradeWord(int grade);
std::string ProgramWord(int program);
std::string LanguageWord(int language);

// The code in a name or word made by the above: its digits, and KG for the first grade.
int CodeOf(const std::string& word);

}  // namespace rollcall::bench

#endif  // ROLLCALL_TESTS_BENCH_BENCH_DISTRICT_H_
