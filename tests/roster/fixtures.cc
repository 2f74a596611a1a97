#include "tests/roster/fixtures.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace rollcall::roster {
namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  ADD_FAILURE() << what;
  std::abort();
}

}  // namespace

TempFile::TempFile(std::string_view bytes) : fd_(memfd_create("roster", 0)) {
  Require(fd_ >= 0, "memfd_create");
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t size = write(fd_, bytes.data() + done, bytes.size() - done);
    Require(size > 0, "write");
    done += static_cast<std::size_t>(size);
  }
}

TempFile::~TempFile() {
  if (fd_ >= 0) close(fd_);
}

std::string MakeZip(const Files& files) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* out = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* zip = zip_open_from_source(out, ZIP_CREATE | ZIP_TRUNCATE, &error);
  Require(zip != nullptr, "zip_open_from_source");
  zip_source_keep(out);
  for (const auto& [name, content] : files) {
    if (name.ends_with('/')) {
      zip_dir_add(zip, name.c_str(), 0);
      continue;
    }
    zip_source_t* source = zip_source_buffer(zip, content.data(), content.size(), 0);
    const zip_int64_t index = zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    Require(index >= 0, "zip_file_add");
    zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, 9);
  }
  Require(zip_close(zip) == 0, "zip_close");
  zip_source_open(out);
  zip_source_seek(out, 0, SEEK_END);
  std::string bytes(static_cast<std::size_t>(zip_source_tell(out)), '\0');
  zip_source_seek(out, 0, SEEK_SET);
  zip_source_read(out, bytes.data(), bytes.size());
  zip_source_close(out);
  zip_source_free(out);
  zip_error_fini(&error);
  return bytes;
}

const PersonRecord& ReadResult::Person(std::string_view source_id) const {
  const auto found = std::find_if(people.begin(), people.end(), [&](const PersonRecord& person) {
    return person.source_id == source_id;
  });
  Require(found != people.end(), "no such person");
  return *found;
}

ReadResult ReadPackage(const Files& files, const OneRosterOptions& options) {
  ReadResult result;
  std::vector<TempFile> temporary;
  std::vector<SpooledFile> spooled;
  temporary.reserve(files.size());
  for (const auto& [name, content] : files) {
    temporary.emplace_back(content);
    spooled.push_back({name, temporary.back().fd()});
  }
  auto package = Package::FromFiles(spooled, PackageLimits(), &result.warnings);
  result.status = package.status();
  if (!package.ok()) return result;
  auto reader = OneRosterReader::Open(**package, options, &result.warnings);
  result.status = reader.status();
  if (!reader.ok()) return result;
  result.delta = (*reader)->delta();
  result.version = (*reader)->version();
  result.schools = (*reader)->schools();
  result.assumed_begin = (*reader)->assumed_begin();
  result.assumed_end = (*reader)->assumed_end();
  result.status = (*reader)->ForEachPerson([&](const PersonRecord& person) {
    result.people.push_back(person);
    return absl::OkStatus();
  });
  if (!result.status.ok()) return result;
  result.status = (*reader)->ForEachPartial([&](const PersonRecord& person) {
    result.partial.push_back(person);
    return absl::OkStatus();
  });
  return result;
}

PackageBuilder::PackageBuilder() {
  options.school_year = 2027;
  files_ = {
      {"manifest.csv",
       "propertyName,value\n"
       "manifest.version,1.0\n"
       "oneroster.version,1.1\n"
       "file.academicSessions,bulk\n"
       "file.classes,bulk\n"
       "file.demographics,bulk\n"
       "file.enrollments,bulk\n"
       "file.orgs,bulk\n"
       "file.results,absent\n"
       "file.users,bulk\n"},
      {"orgs.csv",
       "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
       "d,,,District,district,1,\n"
       "north,,,North School,school,100,d\n"
       "south,,,South School,school,200,d\n"},
      {"academicSessions.csv",
       "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
       "y27,,,2026-27,schoolYear,2026-08-20,2027-06-12,,2027\n"
       "fall,,,Fall,term,2026-08-20,2027-01-16,y27,2027\n"},
      {"classes.csv",
       "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,"
       "location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n"
       "math,,,Math,05,c1,,scheduled,,north,fall,,,\n"
       "art,,,Art,05,c2,,scheduled,,south,y27,,,\n"},
      {"users.csv",
       "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,"
       "givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
       "password\n"
       "ada,,,true,north,student,ada1,{State:9001},Ada,Moss,Q,5001,ada@x.org,,312,gus,5,secret\n"
       "gus,,,true,north,parent,,,Gus,Moss,,,gus@x.org,,773,,,\n"
       "tea,,,true,north,teacher,tea1,,Tea,Cher,,7001,tea@x.org,,,,,\n"},
      {"enrollments.csv",
       "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,"
       "primary,beginDate,endDate\n"
       "e1,,,math,north,ada,student,,2026-09-01,2027-01-16\n"
       "e2,,,math,north,tea,teacher,true,,\n"},
      {"demographics.csv",
       "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,"
       "blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,"
       "demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,"
       "stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus\n"
       "ada,,,2016-02-29,female,false,true,false,false,true,false,,US,IL,Chicago,\n"},
  };
}

std::string& PackageBuilder::File(std::string_view name) {
  const auto found = std::find_if(files_.begin(), files_.end(),
                                  [&](const auto& file) { return file.first == name; });
  Require(found != files_.end(), "no such file in the package");
  return found->second;
}

PackageBuilder& PackageBuilder::Set(std::string_view name, std::string_view content) {
  for (auto& file : files_) {
    if (file.first != name) continue;
    file.second = content;
    return *this;
  }
  files_.emplace_back(name, content);
  return *this;
}

PackageBuilder& PackageBuilder::Remove(std::string_view name) {
  std::erase_if(files_, [&](const auto& file) { return file.first == name; });
  const std::string line = "file." + std::string(name.substr(0, name.size() - 4)) + ",";
  for (auto& file : files_) {
    const std::size_t at = file.second.find(line);
    if (file.first != "manifest.csv" || at == std::string::npos) continue;
    file.second.erase(at, file.second.find('\n', at) + 1 - at);
  }
  return *this;
}

PackageBuilder& PackageBuilder::Replace(std::string_view name, std::string_view from,
                                        std::string_view to) {
  std::string& content = File(name);
  const std::size_t at = content.find(from);
  Require(at != std::string::npos, "the text to replace is not in the file");
  content.replace(at, from.size(), to);
  return *this;
}

PackageBuilder& PackageBuilder::Append(std::string_view name, std::string_view lines) {
  File(name) += lines;
  return *this;
}

PackageBuilder& PackageBuilder::MakeDelta() {
  std::string& manifest = File("manifest.csv");
  for (std::size_t at = manifest.find(",bulk"); at != std::string::npos;
       at = manifest.find(",bulk")) {
    manifest.replace(at, 5, ",delta");
  }
  return *this;
}

ReadResult PackageBuilder::Read() const { return ReadPackage(files_, options); }

}  // namespace rollcall::roster
