#include "server/casework/exposure_words.h"

namespace rollcall::casework {

void ExposureWords::FillReasons(
    const std::vector<exposure::Reason>& reasons,
    google::protobuf::RepeatedPtrField<v1::ExposureReason>* rows) const {
  for (const exposure::Reason& reason : reasons) {
    v1::ExposureReason* row = rows->Add();
    row->set_kind(static_cast<v1::ReasonKind>(reason.kind));
    switch (reason.kind) {
      case exposure::ReasonKind::kDeclared:
        row->set_share(gathered_.share_names[reason.source]);
        break;
      case exposure::ReasonKind::kObserved:
      case exposure::ReasonKind::kObservedUpstream:
        row->set_transfer_group(static_cast<std::int32_t>(reason.source));
        break;
      default:
        break;
    }
  }
}

void ExposureWords::FillDispositions(const std::vector<std::uint32_t>& dispositions,
                                     google::protobuf::RepeatedPtrField<std::string>* rows) const {
  for (const std::uint32_t disposition : dispositions) {
    *rows->Add() = gathered_.disposition_names[disposition];
  }
}

v1::ExposureSet ExposureWords::SetMessage(const exposure::ElementSet& set) const {
  v1::ExposureSet message;
  for (const exposure::Cell& cell : set.cells) {
    v1::ExposedElement* element = message.add_elements();
    element->set_data_element(catalogue_.names[cell.element]);
    element->set_certainty(static_cast<v1::Certainty>(cell.certainty));
    FillReasons(cell.reasons, element->mutable_reasons());
    FillDispositions(cell.dispositions, element->mutable_dispositions());
  }
  for (const exposure::RemovedCell& cell : set.removed) {
    v1::RemovedElement* element = message.add_removed();
    element->set_data_element(catalogue_.names[cell.element]);
    FillReasons(cell.reasons, element->mutable_reasons());
    FillDispositions(cell.dispositions, element->mutable_dispositions());
  }
  return message;
}

}  // namespace rollcall::casework
