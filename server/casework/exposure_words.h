// The numbers of the engine's answers in the API's words.

#ifndef ROLLCALL_SERVER_CASEWORK_EXPOSURE_WORDS_H_
#define ROLLCALL_SERVER_CASEWORK_EXPOSURE_WORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "rollcall/v1/exposure_service.pb.h"
#include "server/casework/exposure_question.h"
#include "server/exposure/engine.h"

namespace rollcall::casework {

// Speaks of answers to one question. Refers to both arguments.
class ExposureWords {
 public:
  ExposureWords(const ExposureGround& ground, const GatheredQuestion& gathered)
      : catalogue_(*ground.facts->catalogue), gathered_(gathered) {}

  void FillReasons(const std::vector<exposure::Reason>& reasons,
                   google::protobuf::RepeatedPtrField<v1::ExposureReason>* rows) const;
  void FillDispositions(const std::vector<std::uint32_t>& dispositions,
                        google::protobuf::RepeatedPtrField<std::string>* rows) const;
  v1::ExposureSet SetMessage(const exposure::ElementSet& set) const;

 private:
  const Catalogue& catalogue_;
  const GatheredQuestion& gathered_;
};

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_EXPOSURE_WORDS_H_
