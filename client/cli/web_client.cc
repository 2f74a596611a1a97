#include "client/cli/web_client.h"

#include <curl/curl.h>

#include <array>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace rollcall::cli {
namespace {

constexpr std::size_t kMaxBytes = 1024 * 1024;
constexpr long kConnectSeconds = 10;
constexpr long kSeconds = 30;

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

// Returning another number than was handed over makes the transfer fail.
std::size_t Append(char* bytes, std::size_t size, std::size_t count, void* target) {
  auto* const body = static_cast<std::string*>(target);
  if (size * count > kMaxBytes - body->size()) return 0;
  body->append(bytes, size * count);
  return size * count;
}

std::string UrlPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

}  // namespace

std::string EncodeForm(const Form& form) {
  const auto encoded = [](const std::string& text) {
    std::string out;
    for (const char c : text) {
      if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' ||
          c == '~') {
        out.push_back(c);
      } else {
        absl::StrAppend(&out, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
      }
    }
    return out;
  };
  std::string text;
  for (const auto& [name, value] : form) {
    absl::StrAppend(&text, text.empty() ? "" : "&", encoded(name), "=", encoded(value));
  }
  return text;
}

absl::Status CheckSafeAddress(const std::string& url) {
  const std::unique_ptr<CURLU, Freer<curl_url_cleanup>> parsed(curl_url());
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      !UrlPart(parsed.get(), CURLUPART_USER).empty() ||
      !UrlPart(parsed.get(), CURLUPART_PASSWORD).empty()) {
    return absl::InvalidArgumentError(absl::StrCat(url, " is not the address of a web server"));
  }
  const std::string scheme = UrlPart(parsed.get(), CURLUPART_SCHEME);
  const std::string host = UrlPart(parsed.get(), CURLUPART_HOST);
  const bool local = host == "127.0.0.1" || host == "[::1]" || host == "localhost";
  if (scheme == "https" || (scheme == "http" && local)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(url, " does not begin with https://"));
}

absl::StatusOr<WebAnswer> WebClient::Post(const std::string& url, const Form& form) {
  const std::string encoded = EncodeForm(form);
  return Ask(url, &encoded);
}

absl::StatusOr<WebAnswer> WebClient::Ask(const std::string& url, const std::string* form) {
  if (absl::Status safe = CheckSafeAddress(url); !safe.ok()) return safe;
  const std::unique_ptr<CURL, Freer<curl_easy_cleanup>> handle(curl_easy_init());
  if (handle == nullptr) return absl::UnavailableError("libcurl does not start");
  WebAnswer answer;
  std::array<char, CURL_ERROR_SIZE> reason{};
  CURLcode code = CURLE_OK;
  const auto set = [&](CURLoption option, auto value) {
    if (code == CURLE_OK) code = curl_easy_setopt(handle.get(), option, value);
  };
  set(CURLOPT_ERRORBUFFER, reason.data());
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "https,http");
  if (!url.starts_with("https:")) set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!ca_file_.empty()) {
    set(CURLOPT_CAINFO, ca_file_.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_TIMEOUT, kSeconds);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USERAGENT, "rollcall");
  if (form != nullptr) {
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(form->size()));
    set(CURLOPT_POSTFIELDS, form->c_str());
  }
  set(CURLOPT_WRITEFUNCTION, &Append);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&answer.body));
  if (code == CURLE_OK) code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) {
    return absl::UnavailableError(
        absl::StrCat(url, ": ", reason[0] != '\0' ? reason.data() : curl_easy_strerror(code)));
  }
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace rollcall::cli
