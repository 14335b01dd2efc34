#include <algorithm>
#include <cctype>

#include <arpa/inet.h>

#include "monitoring/web/http_server.hpp"

namespace spillway::web {

namespace {

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// The host without its port; "[::1]:80" -> "[::1]".
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, std::min(host.find(']'), host.size() - 1) + 1);
  return host.substr(0, host.find(':'));
}

}  // namespace

bool host_is_ours(std::string_view host, const std::vector<std::string>& names) {
  const std::string name(without_port(host));
  if (equal_without_case(name, "localhost")) return true;
  in6_addr address{};
  if (inet_pton(AF_INET, name.c_str(), &address) == 1) return true;
  if (name.size() > 2 && name.front() == '[' && name.back() == ']' &&
      inet_pton(AF_INET6, name.substr(1, name.size() - 2).c_str(), &address) == 1) {
    return true;
  }
  return std::ranges::any_of(names, [&](const std::string& known) { return equal_without_case(name, known); });
}

bool origin_is_host(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return equal_without_case(origin.substr(scheme.size()), host);
  }
  return false;
}

}  // namespace spillway::web
