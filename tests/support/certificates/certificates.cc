#include "tests/support/certificates/certificates.h"

#include <atomic>
#include <ctime>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/process/process.h"

namespace causeway::test {
namespace {

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

std::string asn1_time(std::chrono::sys_seconds time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm fields{};
  ::gmtime_r(&seconds, &fields);
  char text[32];
  std::strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &fields);
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

std::string alternative_names(const CertificateRequest& request) {
  std::string section;
  int number = 0;
  const auto add = [&](const std::string& kind, const std::string& value) {
    section += kind + "." + std::to_string(++number) + "=" + value + "\n";
  };
  for (const auto& name : request.dns) add("DNS", name);
  for (const auto& name : request.ips) add("IP", name);
  for (const auto& name : request.srv) add("otherName", "1.3.6.1.5.5.7.8.7;IA5STRING:" + name);
  for (const auto& name : request.xmpp_addrs)
    add("otherName", "1.3.6.1.5.5.7.8.5;FORMAT:UTF8,UTF8:" + name);
  return section;
}

// One file for `openssl req` and `openssl ca`; the latter because it alone sets any dates.
std::string configuration(const CertificateRequest& request, const std::string& base,
                          const std::string& basic_constraints) {
  const std::string names = alternative_names(request);
  std::string text =
      "[req]\nprompt=no\nutf8=yes\ndistinguished_name=subject\n"
      "[subject]\nCN=" +
      request.common_name +
      "\n"
      "[ca]\ndefault_ca=here\n"
      "[here]\ndatabase=" +
      base + ".index\nnew_certs_dir=" + std::filesystem::path(base).parent_path().string() +
      "\nrand_serial=yes\npolicy=any\nunique_subject=no\nemail_in_dn=no\n"
      "[any]\ncommonName=supplied\n"
      "[extensions]\nbasicConstraints=critical," +
      basic_constraints +
      "\n"
      "subjectKeyIdentifier=hash\n";
  if (!request.eku.empty()) text += "extendedKeyUsage=" + joined(request.eku) + "\n";
  if (!names.empty()) text += "subjectAltName=@names\n";
  for (const std::string& line : request.extensions) text += line + "\n";
  return text + "[names]\n" + names;
}

void make_key(const std::string& kind, const std::string& file) {
  std::vector<std::string> command{"openssl", "genpkey", "-out", file, "-algorithm"};
  const std::string detail = kind.substr(kind.find(':') + 1);
  if (kind.starts_with("ec:")) {
    command.insert(command.end(), {"EC", "-pkeyopt", "ec_paramgen_curve:" + detail});
  } else if (kind.starts_with("rsa:")) {
    command.insert(command.end(), {"RSA", "-pkeyopt", "rsa_keygen_bits:" + detail});
  } else {
    command.push_back(kind);
  }
  run_program(command);
}

std::string fresh_base(const std::filesystem::path& directory) {
  static std::atomic<int> count = 0;
  return directory / ("certificate-" + std::to_string(++count));
}

}  // namespace

Authority::Authority(std::filesystem::path directory, const std::string& name, Authority* parent,
                     std::vector<std::string> extensions)
    : directory_(std::move(directory)) {
  extensions.push_back("keyUsage=critical,keyCertSign,cRLSign");
  const CertificateRequest request{
      .common_name = name, .eku = {}, .extensions = std::move(extensions)};
  own_ = sign(request, "CA:TRUE", parent ? &parent->own_ : nullptr, parent ? parent->chain_ : "");
  if (parent) chain_ = contents(own_.certificate_file);
}

CertificateFiles Authority::issue(const CertificateRequest& request) {
  return sign(request, "CA:FALSE", &own_, chain_);
}

CertificateFiles self_signed(const std::filesystem::path& directory,
                             const CertificateRequest& request) {
  Authority nobody;
  nobody.directory_ = directory;
  return nobody.sign(request, "CA:FALSE", nullptr, "");
}

CertificateFiles Authority::sign(const CertificateRequest& request,
                                 const std::string& basic_constraints,
                                 const CertificateFiles* signer, const std::string& chain) {
  const std::string base = fresh_base(directory_);
  const CertificateFiles made{base + ".crt", base + ".key"};
  write(base + ".cnf", configuration(request, base, basic_constraints));
  write(base + ".index", "");
  make_key(request.key, made.private_key_file);
  run_program({"openssl", "req", "-new", "-config", base + ".cnf", "-key", made.private_key_file,
               "-out", base + ".csr"});
  std::vector<std::string> command{
      "openssl",     "ca",
      "-batch",      "-notext",
      "-config",     base + ".cnf",
      "-extensions", "extensions",
      "-md",         request.key == "ed25519" && !signer ? "default" : request.digest,
      "-startdate",  asn1_time(request.not_before),
      "-enddate",    asn1_time(request.not_after),
      "-in",         base + ".csr",
      "-out",        made.certificate_file};
  if (signer) {
    command.insert(command.end(),
                   {"-cert", signer->certificate_file, "-keyfile", signer->private_key_file});
  } else {
    command.insert(command.end(), {"-selfsign", "-keyfile", made.private_key_file});
  }
  run_program(command);
  write(made.certificate_file, contents(made.certificate_file) + chain);
  return made;
}

}  // namespace causeway::test
