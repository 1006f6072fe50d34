{
  description = "What a host sees of its Tailscale network, as metrics: peers, paths, keepalive, watchdog";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      forAllSystems = nixpkgs.lib.genAttrs [
        "x86_64-linux"
        "aarch64-linux"
      ];
    in
    {
      packages = forAllSystems (system: {
        default = nixpkgs.legacyPackages.${system}.callPackage ./package.nix { };
      });

      nixosModules.default.imports = [ ./module.nix ];

      checks = forAllSystems (system: {
        package = self.packages.${system}.default;
      });
    };
}
