# deploy/nix/package.nix with a Deno, an output and modules that are told.
{
  denoVersion,
  deno,
  modules,
}:
let
  lib = import ./lib.nix;
  package = import ../../../deploy/nix/package.nix {
    inherit lib;
    runtimeShell = "/bin/sh";
    deno = {
      version = denoVersion;
      outPath = deno;
    };
    stdenvNoCC.mkDerivation =
      attributes: attributes // (if attributes ? outputHash then { outPath = modules; } else { });
  };
in
{
  inherit (package)
    pname
    version
    installPhase
    meta
    ;
  files = map toString package.src.fileset;
}
