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
    [InlineData("YBeWdFPGFEDLI", "Unsupported")]
    [InlineData("$y$j9T$abc$def", "Unsupported")]
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
