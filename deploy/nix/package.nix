# tsmetrics and tsmetrics-host from source, by nixpkgs' Deno and in the permission sets of deno.json.
{
  lib,
  stdenvNoCC,
  deno,
  runtimeShell,
}:

assert lib.assertMsg (lib.versionAtLeast deno.version "2.9") "tsmetrics needs Deno 2.9 or newer";

let
  manifest = builtins.fromJSON (builtins.readFile ../../deno.json);
  pname = "tsmetrics";
  inherit (manifest) version;

  source = lib.fileset.toSource {
    root = ../..;
    fileset = lib.fileset.unions [
      ../../src
      ../../deno.json
      ../../deno.lock
      ../../tools/packages/man.ts
      ../../tools/project.ts
    ];
  };

  # The packages that the program imports, as deno.lock has them; without the lists of all their
  # versions, which change from day to day.
  modules = stdenvNoCC.mkDerivation {
    name = "${pname}-modules";
    src = source;
    nativeBuildInputs = [ deno ];
    buildPhase = ''
      export DENO_DIR=$TMPDIR/cache
      deno install --frozen --entrypoint src/main.ts
      find "$DENO_DIR/npm" -name registry.json -delete
    '';
    installPhase = ''
      cp -r "$DENO_DIR/npm" "$out"
    '';
    dontFixup = true;
    outputHashMode = "recursive";
    outputHash = "sha256-qoEdOfqc63KkvyZwA85pd7XtwC1bQX453I3BF/pL3Vs=";
  };
in
stdenvNoCC.mkDerivation {
  inherit pname version;
  src = source;
  dontBuild = true;

  # Deno keeps what a program remembers below DENO_DIR, beside the modules. The address only names
  # it: without one it would be lost whenever the path of the package changes.
  installPhase = ''
    share=$out/share/tsmetrics
    mkdir -p "$share/cache" "$out/bin"
    cp -r src deno.json deno.lock "$share/"
    ln -s ${modules} "$share/cache/npm"
    for program in tsmetrics:default tsmetrics-host:host; do
      name=''${program%:*}
      cat >"$out/bin/$name" <<EOF
    #!${runtimeShell}
    if [ -n "\''${XDG_DATA_HOME:-}" ]; then
      ln -sfn ${modules} "\$XDG_DATA_HOME/npm"
      export DENO_DIR=\$XDG_DATA_HOME
    else
      export DENO_DIR=$share/cache
    fi
    exec ${deno}/bin/deno run -q -P=''${program#*:} --no-prompt --cached-only \\
      --v8-flags=--max-semi-space-size=2,--heap-growing-percent=75 \\
      --location=http://$name.invalid/ --config=$share/deno.json $share/src/main.ts "\$@"
    EOF
      chmod +x "$out/bin/$name"
    done

    # What runs here must leave nothing behind in $out.
    export XDG_DATA_HOME=$TMPDIR/tsmetrics
    mkdir -p "$XDG_DATA_HOME" "$out/share/man/man1" "$out/share/bash-completion/completions" \
      "$out/share/zsh/site-functions" "$out/share/fish/vendor_completions.d"
    tsmetrics=$out/bin/tsmetrics
    "$tsmetrics" completion bash >"$out/share/bash-completion/completions/tsmetrics"
    ln -s tsmetrics "$out/share/bash-completion/completions/tsmetrics-host"
    "$tsmetrics" completion zsh >"$out/share/zsh/site-functions/_tsmetrics"
    "$tsmetrics" completion fish >"$out/share/fish/vendor_completions.d/tsmetrics.fish"
    ln -s tsmetrics.fish "$out/share/fish/vendor_completions.d/tsmetrics-host.fish"
    DENO_DIR=$XDG_DATA_HOME ${deno}/bin/deno run -q --no-prompt --cached-only \
      --config=deno.json tools/packages/man.ts ${version} >"$out/share/man/man1/tsmetrics.1"
    ln -s tsmetrics.1 "$out/share/man/man1/tsmetrics-host.1"
  '';

  meta = {
    description = "Prometheus exporter for a Tailscale tailnet, and for a host in it";
    license = lib.licenses.mit;
    mainProgram = "tsmetrics-host";
    platforms = lib.platforms.linux;
  };
}
