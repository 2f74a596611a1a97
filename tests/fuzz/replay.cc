// Runs a fuzz target without a fuzzer: on every file of its corpus, and on many small changes of
// each. It finds what it finds in every build with any compiler, and finds the same each time.
//
//   TARGET FOLDER [ROUNDS]   ROUNDS changes of each file; 2000 without

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Random = std::mt19937_64;

std::size_t Below(Random& random, std::size_t bound) {
  return bound == 0 ? 0 : static_cast<std::size_t>(random() % bound);
}

// Changes an input a little, as fuzzers do. `others` gives parts to put in.
std::string Change(std::string input, const std::vector<std::string>& others, Random& random) {
  const std::size_t changes = 1 + Below(random, 4);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t at = Below(random, input.size() + 1);
    const std::string& other = others[Below(random, others.size())];
    switch (Below(random, 6)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(random());
        break;
      case 1:
        if (at < input.size()) {
          input[at] = static_cast<char>(input[at] ^ (1 << Below(random, 8)));
        }
        break;
      case 2:
        input.insert(at, 1, static_cast<char>(random()));
        break;
      case 3:
        input.erase(at, Below(random, 16));
        break;
      case 4:
        input.insert(at, other.substr(Below(random, other.size() + 1), Below(random, 64)));
        break;
      default:
        input.resize(at);
        break;
    }
  }
  return input;
}

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 2000;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "%s has no inputs\n", argv[1]);
    return 2;
  }
  Random random(20'240'229);
  Run("");
  for (const std::string& input : corpus) Run(input);
  for (const std::string& input : corpus) {
    for (int i = 0; i < rounds; ++i) Run(Change(input, corpus, random));
  }
  std::printf("%zu inputs, %d changes of each\n", corpus.size(), rounds);
  return 0;
}
