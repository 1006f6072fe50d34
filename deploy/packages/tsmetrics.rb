# Homebrew's formula. A release fills in the placeholders and puts it into a tap.
class Tsmetrics < Formula
  desc "Prometheus exporter for Tailscale and headscale networks"
  homepage "https://github.com/@REPOSITORY@"
  version "@VERSION@"
  license "MIT"

  on_macos do
    on_arm do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/tsmetrics-darwin-arm64"
      sha256 "@SHA256:tsmetrics-darwin-arm64@"
    end
    on_intel do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/tsmetrics-darwin-amd64"
      sha256 "@SHA256:tsmetrics-darwin-amd64@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/tsmetrics-linux-arm64"
      sha256 "@SHA256:tsmetrics-linux-arm64@"
    end
    on_intel do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/tsmetrics-linux-amd64"
      sha256 "@SHA256:tsmetrics-linux-amd64@"
    end
  end

  def install
    bin.install Dir["tsmetrics-*"].first => "tsmetrics"
    # Patching and signing an executable would cut off the code that Deno put behind it.
    chmod 0555, bin/"tsmetrics"
    generate_completions_from_executable(bin/"tsmetrics", "completion")
  end

  service do
    run [opt_bin/"tsmetrics", "serve"]
    keep_alive successful_exit: false
    log_path var/"log/tsmetrics.log"
    error_log_path var/"log/tsmetrics.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/tsmetrics version")
    assert_match "tailscale_device_online", shell_output("TEST_DEVICES=demo #{bin}/tsmetrics once")
  end
end
