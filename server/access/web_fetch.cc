#include "server/access/web_fetch.h"

#include <curl/curl.h>

#include <array>
#include <memory>

#include "absl/strings/str_cat.h"
#include "server/runtime/web_address.h"

namespace rollcall::access {
namespace {

struct Body {
  std::string text;
  std::size_t max_bytes;
};

// Returning another number than was handed over makes the transfer fail.
std::size_t Append(char* bytes, std::size_t size, std::size_t count, void* target) {
  auto* const body = static_cast<Body*>(target);
  if (size * count > body->max_bytes - body->text.size()) return 0;
  body->text.append(bytes, size * count);
  return size * count;
}

int Proceed(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

struct EasyCleaner {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

bool StartLibrary() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  return started == CURLE_OK;
}

}  // namespace

absl::StatusOr<std::string> FetchText(const std::string& url, const std::string& ca_file,
                                      std::size_t max_bytes, const std::stop_token& stop) {
  const std::unique_ptr<CURL, EasyCleaner> handle(StartLibrary() ? curl_easy_init() : nullptr);
  if (handle == nullptr) return absl::UnavailableError("libcurl does not start");
  Body body{"", max_bytes};
  std::array<char, CURL_ERROR_SIZE> reason{};
  CURLcode code = CURLE_OK;
  const auto set = [&](CURLoption option, auto value) {
    if (code == CURLE_OK) code = curl_easy_setopt(handle.get(), option, value);
  };
  const bool encrypted = runtime::IsEncrypted(url);
  set(CURLOPT_ERRORBUFFER, reason.data());
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, encrypted ? "https" : "http");
  if (!encrypted) set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!ca_file.empty()) {
    set(CURLOPT_CAINFO, ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(kConnectSeconds));
  set(CURLOPT_TIMEOUT, static_cast<long>(kFetchSeconds));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USERAGENT, "rollcalld");
  set(CURLOPT_WRITEFUNCTION, &Append);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&body));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &Proceed);
  set(CURLOPT_XFERINFODATA, const_cast<void*>(static_cast<const void*>(&stop)));
  if (code == CURLE_OK) code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) {
    return absl::UnavailableError(
        absl::StrCat(url, ": ", reason[0] != '\0' ? reason.data() : curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) {
    return absl::UnavailableError(absl::StrCat(url, " answered with status ", status));
  }
  return std::move(body.text);
}

}  // namespace rollcall::access
