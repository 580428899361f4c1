#include "tests/support/certificates/certificates.h"

#include <algorithm>
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

std::string lines(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& line : all) text += line + "\n";
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
      request.common_name + "\n" + lines(request.subject) +
      "[ca]\ndefault_ca=here\n"
      "[here]\ndatabase=" +
      base + ".index\nnew_certs_dir=" + std::filesystem::path(base).parent_path().string() +
      "\nrand_serial=yes\npolicy=any\nunique_subject=no\nemail_in_dn=no\n"
      "[any]\ncommonName=supplied\norganizationalUnitName=optional\n"
      "[extensions]\nbasicConstraints=critical," +
      basic_constraints +
      "\n"
      "subjectKeyIdentifier=hash\n";
  if (!request.eku.empty()) text += "extendedKeyUsage=" + joined(request.eku) + "\n";
  if (!names.empty()) text += "subjectAltName=@names\n";
  return text + lines(request.extensions) + "[names]\n" + names;
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

// --- Revocation ---

namespace {

// A line of openssl's database (its manual calls it index.txt): status, expiry, revocation, serial.
std::string database_line(const CertificateFiles& files, const std::string& status,
                          const std::string& revoked_on) {
  const std::string printed =
      run_program({"openssl", "x509", "-noout", "-serial", "-in", files.certificate_file});
  const std::string serial = printed.substr(7, printed.find_last_not_of('\n') - 6);
  return status + "\t491231235959Z\t" + revoked_on + "\t" + serial + "\tunknown\t/CN=" + serial +
         "\n";
}

}  // namespace

std::chrono::sys_seconds Authority::in_a_month() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
         std::chrono::hours(24 * 30);
}

void Authority::revoke(const CertificateFiles& files, std::chrono::sys_seconds when) {
  revoked_ += database_line(files, "R", asn1_time(when).substr(2));  // UTCTime
}

std::string Authority::revocation_list(std::chrono::sys_seconds next_update, Signer signer) {
  const std::string base = fresh_base(directory_);
  const auto an_hour_ago = in_a_month() - std::chrono::hours(24 * 30 + 1);
  write(base + ".cnf",
        configuration({}, base, "CA:FALSE") + "[list]\nauthorityKeyIdentifier=keyid:always\n");
  write(base + ".index", revoked_);
  std::vector<std::string> command{
      "openssl",
      "ca",
      "-config",
      base + ".cnf",
      "-gencrl",
      "-md",
      "sha256",
      "-cert",
      own_.certificate_file,
      "-keyfile",
      own_.private_key_file,
      "-crl_lastupdate",
      asn1_time(std::min(an_hour_ago, next_update - std::chrono::hours(1))),
      "-crl_nextupdate",
      asn1_time(next_update),
      "-out",
      base + ".crl"};
  if (signer == Signer::key_identifier) command.insert(command.end(), {"-crlexts", "list"});
  run_program(command);
  return base + ".crl";
}

std::string Authority::ocsp_response(const CertificateFiles& files) {
  const std::string base = fresh_base(directory_);
  const std::string good = database_line(files, "V", "");
  const std::string serial = good.substr(good.rfind('='));
  const bool revoked = revoked_.find(serial) != std::string::npos;
  write(base + ".index", revoked ? revoked_ : revoked_ + good);
  run_program({"openssl", "ocsp", "-issuer", own_.certificate_file, "-cert", files.certificate_file,
               "-reqout", base + ".req"});
  run_program({"openssl", "ocsp", "-index", base + ".index", "-CA", own_.certificate_file,
               "-rsigner", own_.certificate_file, "-rkey", own_.private_key_file, "-reqin",
               base + ".req", "-ndays", "1", "-respout", base + ".ocsp"});
  return base + ".ocsp";
}

}  // namespace causeway::test
