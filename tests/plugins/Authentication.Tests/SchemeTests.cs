using System.Text;
using PolicyMTA.Authentication.Passwords;

namespace PolicyMTA.Authentication.Tests;

public sealed class SchemeTests
{
    [Theory]
    [InlineData("{plain}secret", "Yes")]
    [InlineData("{PLAIN.b64}c2VjcmV0", "Yes")]
    [InlineData("{PLAIN.HEX}736563726574", "Yes")]
    [InlineData("{PLAIN}Secret", "No")]
    [InlineData("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O817G3uBnIFNjnQJuesI68OTLiBFdcbYEdFCoEOfaS35inz1", "No")]
    [InlineData("{MD5}$1$RJLlt82o$jDQFcByjdTsLRBYRoR/wm.", "Yes")]
    [InlineData("5ebe2294ecd0e0f08eab7690d2a6ee69", "Yes")]
    [InlineData("{OTP}whatever", "Unsupported")]
    [InlineData("{DES-CRYPT}abNANd1rDfiNc", "Yes")]
    [InlineData("YBeWdFPGFEDLI", "Yes")]
    [InlineData("YBeWdFPGFEDLA", "No")]
    [InlineData("YBeWdFPGFEDL!", "Malformed")]
    [InlineData("_J9..rasmz0.F/jqjWck", "Yes")]
    [InlineData("_J9..rasmBYk8r9AiWNc", "No")]
    [InlineData("$y$j75$abcdefgh$uMUXG79B2cFpoAYyDccUnsaH/aGTyBYMlnQidzyag01", "Yes")]
    [InlineData("$y$j75$abcdefgh$uMUXG79B2cFpoAYyDccUnsaH/aGTyBYMlnQidzyag02", "No")]
    [InlineData("_zzzzrasmBYk8r9AiWNc", "Malformed")]
    [InlineData("_....rasmBYk8r9AiWNc", "Malformed")]
    [InlineData("$y$j9T$abc$def", "Malformed")]
    [InlineData("$y$jGT$abcdefgh$0123456789012345678901234567890123456789012", "Malformed")]
    [InlineData("$y$j9U$abcdefgh$0123456789012345678901234567890123456789012", "Malformed")]
    [InlineData("$7$CU..../....abcdefgh$0123456789012345678901234567890123456789012", "Unsupported")]
    [InlineData("{MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==", "Yes")]
    [InlineData("{MD5RAW}5ebe2294ecd0e0f08eab7690d2a6ee69", "Yes")]
    [InlineData("{SHA512-CRYPT.B64}JDUkIQ==", "Malformed")]
    [InlineData("{SHA512-CRYPT.B64}/w==", "Malformed")]
    [InlineData("{MD5-CRYPT.b64}JDEkUkpMbHQ4Mm8kakRRRmNCeWpkVHNMUkJZUm9SL3dtLg==", "Yes")]
    [InlineData("{DIGEST-MD5}46cd00c31a6c3bbf8b0ea0b0b5f3a3e6", "No")]
    [InlineData("{DIGEST-MD5}46cd", "Malformed")]
    [InlineData("secret", "Malformed")]
    [InlineData("", "Malformed")]
    [InlineData("{SHA512-CRYPT}$6$", "Malformed")]
    [InlineData("{SHA512-CRYPT}$6$rounds=99999999$salt$hash", "Malformed")]
    [InlineData("{BLF-CRYPT}$2y$", "Malformed")]
    [InlineData("{BLF-CRYPT}$2y$05$short", "Malformed")]
    [InlineData("{BLF-CRYPT}$2y$31$FUKPWrS9iEHO7ziCRxLpyeq3qeSfCY83Qcw8puvUuVoQa3blKOdpK", "Malformed")]
    [InlineData("{BLF-CRYPT}$2y$05$!!!!!!!!!!!!!!!!!!!!!!q3qeSfCY83Qcw8puvUuVoQa3blKOdpK", "No")]
    [InlineData("{SSHA256}!!!", "Malformed")]
    [InlineData("{SSHA}c2VjcmV0", "Malformed")]
    [InlineData("{SHA}c2VjcmV0", "Malformed")]
    [InlineData("{SHA.rot13}c2VjcmV0", "Malformed")]
    [InlineData("{ARGON2ID}$argon2id$v=19$m=99999999,t=1,p=1$AAAAAAAAAAA$AAAA", "Malformed")]
    [InlineData("{ARGON2ID}$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAA$AAAA", "Malformed")]
    [InlineData("{ARGON2ID}$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAAAAAA", "Malformed")]
    [InlineData("{PBKDF2}$1$salt$0$00", "Malformed")]
    [InlineData("{PBKDF2}$1$salt$1$", "Malformed")]
    [InlineData("{SCRAM-SHA-256}4096,xx,yy", "Malformed")]
    [InlineData("{HMAC-MD5}00", "Malformed")]
    public void Stored_hash_is_compared_by_its_scheme(string stored, string expected) =>
        Assert.Equal(expected, PasswordScheme.Verify(stored, "CRYPT", "secret"u8.ToArray()).ToString());

    [Fact]
    public void Digest_md5_has_the_name_in_it()
    {
        const string stored = "{DIGEST-MD5}4842575394a190ef4c973253ba19099c";
        Assert.Equal(HashMatch.Yes, PasswordScheme.Verify(stored, "CRYPT", "secret"u8.ToArray(), "alice@example.test"));
        Assert.Equal(HashMatch.No, PasswordScheme.Verify(stored, "CRYPT", "secret"u8.ToArray(), "bob@example.test"));
    }

    [Fact]
    public void Cost_has_a_limit()
    {
        static string Argon(int memory, int turns) => $"$argon2id$v=19$m={memory},t={turns},p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAA";
        Assert.True(ArgonHash.TryParse(Argon(ArgonHash.MostKibibytes, 8), out _));
        Assert.False(ArgonHash.TryParse(Argon(ArgonHash.MostKibibytes + 1, 1), out _));
        Assert.False(ArgonHash.TryParse(Argon(ArgonHash.MostKibibytes, 9), out _));
        Assert.False(ArgonHash.TryParse(Argon(int.MaxValue, int.MaxValue), out _));
        Assert.True(CryptHashes.IsAffordable("20"));
        Assert.False(CryptHashes.IsAffordable("21"));
        Assert.True(ShaCrypt.TryReadRounds($"{ShaCrypt.MaximumRounds}", out _));
        Assert.False(ShaCrypt.TryReadRounds($"{ShaCrypt.MaximumRounds + 1}", out _));
        Assert.True(KeyHashes.TryCount($"{KeyHashes.MaximumIterations}", out _));
        Assert.False(KeyHashes.TryCount($"{KeyHashes.MaximumIterations + 1}", out _));
        // 1,000,000 and one more, lowest six bits first; then the highest of yescrypt's.
        Assert.Null(MachineCrypt.KindOf("_.7o1rasmBYk8r9AiWNc"));
        Assert.Equal(HashMatch.Malformed, MachineCrypt.KindOf("_/7o1rasmBYk8r9AiWNc"));
        Assert.Null(MachineCrypt.KindOf("$y$jFT$abcdefgh$0123456789012345678901234567890123456789012"));
    }

    [Fact]
    public void Whatever_a_table_holds_is_a_match_or_none()
    {
        var random = new Random(7);
        string[] parts = ["{", "}", "$", "$y$", "$6$", "$argon2id$", "v=19$", "m=64,t=1,p=1$", "{PBKDF2}", "$1$", "rounds=1000", "{SCRAM-SHA-1}", "4096,", "AAAA", "=", ".B64}", "{CRYPT", "_", "é", "\0", "j9T$", "{HMAC-MD5}", "$2y$05$"];
        for (var i = 0; i < 3000; i++)
        {
            var stored = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => random.Next(4) == 0 ? new string('x', random.Next(60)) : parts[random.Next(parts.Length)]));
            Assert.NotEqual(HashMatch.Yes, PasswordScheme.Verify(stored, "CRYPT", "no such password"u8.ToArray(), "alice@example.test"));
        }
    }

    [Fact]
    public void Empty_password_is_like_any_other() =>
        Assert.Equal(HashMatch.No, PasswordScheme.Verify("$1$RJLlt82o$jDQFcByjdTsLRBYRoR/wm.", "CRYPT", []));

    [Fact]
    public void Default_scheme_is_for_bare_hashes_only()
    {
        Assert.Equal(HashMatch.Yes, PasswordScheme.Verify("secret", "PLAIN", "secret"u8.ToArray()));
        Assert.Equal(HashMatch.Yes, PasswordScheme.Verify("{PLAIN}secret", "CRYPT", "secret"u8.ToArray()));
    }

    [Fact]
    public void Name_of_a_scheme_tells_nothing_of_the_hash()
    {
        Assert.Equal("SHA512-CRYPT", PasswordScheme.NameOf("{SHA512-CRYPT}$6$x", "CRYPT"));
        Assert.Equal("CRYPT", PasswordScheme.NameOf("topsecret", "CRYPT"));
        Assert.Equal("unknown", PasswordScheme.NameOf("{top secret!}", "CRYPT"));
    }
}
